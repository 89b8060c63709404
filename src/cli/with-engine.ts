import { homedir, hostname } from 'node:os'
import type { ConnectionOptions } from '../cluster/connect.ts'
import { type Engine, openEngine } from '../change/engine.ts'
import { stateDirectory } from '../change/journal/journal.ts'
import { lookOf } from '../terminal/look.ts'
import { warn } from '../terminal/messages.ts'
import { stepLine } from '../terminal/step-text.ts'
import { localUser } from './local-user.ts'
import { withCluster } from './session.ts'

/** Runs `work` with the change engine on the cluster the flags name; steps are said on standard error as they are made. */
export async function withEngine<T>(
  options: ConnectionOptions,
  stateNamespace: string,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  return await withCluster(options, async (cluster) => {
    const engine = await openEngine(cluster, {
      stateDir: stateDirectory(process.env, homedir()),
      stateNamespace,
      holder: `${localUser()}@${hostname()}`,
      now: () => new Date(),
      // On a terminal a spinner may stand in this line; it begins a new one by itself.
      onStep: (step) =>
        process.stderr.write(`${process.stderr.isTTY ? '\r\u001b[K' : ''}${stepLine(step, lookOf(process.stderr))}`),
      warn,
    })
    return await work(engine)
  })
}
