import { expect } from 'vitest'
import type { PlaybookRunReport } from '../../../../src/playbook/run-report.ts'
import { folder, type Ran, root, secure } from '../../../cli/run.ts'
import type { TestCluster } from '../../../cluster/test-cluster.ts'
import { image } from '../../isolation/stage.ts'
import { type Drill, drillAnswers, drillIn, responseAnswers } from './answers.ts'

export type Machine = ReturnType<typeof machine>

/** A responder's machine, on which nobody is there to answer. */
export function machine(cluster: TestCluster) {
  const env = { KUBECONFIG: cluster.kubeconfig, XDG_STATE_HOME: folder(), XDG_CONFIG_HOME: folder() }
  const run = async (words: string[], files: Record<string, string> = {}): Promise<Ran> =>
    await secure(words, { env, cwd: folder(files) })
  const playbook = async (words: string[], answers: string) =>
    await run(['playbook', 'run', ...words, '--answers', 'a.yaml', '--probe-image', image, '-o', 'json'], {
      'a.yaml': answers,
    })
  return {
    run,
    async stage(): Promise<{ drill: Drill; said: string }> {
      const { code, stdout, stderr } = await playbook(['drill'], drillAnswers)
      expect(code, stderr).toBe(0)
      return { drill: drillIn(stdout), said: stderr }
    },
    async respond({ namespace }: Drill): Promise<PlaybookRunReport> {
      const answers = responseAnswers(root, namespace.name, cluster.auditLog)
      const { code, stdout, stderr } = await playbook(['compromised-pod', '--incident', 'DRILL'], answers)
      // 3: nobody has told it the audit policy.
      expect(code, stderr).toBe(3)
      return JSON.parse(stdout) as PlaybookRunReport
    },
    /** Takes back, and says what is left. */
    async takeBack(words: string[]): Promise<string> {
      const { code, stdout, stderr } = await run([...words, '--yes'])
      expect({ code, stdout }, stderr).toMatchObject({ code: 0, stdout: expect.stringMatching(/^UNDONE/) as string })
      return stdout
    },
  }
}
