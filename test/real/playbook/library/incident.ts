import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { findRun } from '../../../../src/change/find-run.ts'
import type { Change, Plan } from '../../../../src/change/plan.ts'
import type { Cluster } from '../../../../src/cluster/cluster.ts'
import type { Answers } from '../../../../src/playbook/answers.ts'
import type { PlaybookRunReport } from '../../../../src/playbook/run-report.ts'
import type { Undone } from '../../../../src/playbook/run/undo.ts'
import { folder, type Ran, secure } from '../../../cli/run.ts'
import type { TestCluster } from '../../../cluster/test-cluster.ts'
import { engineOn } from '../../change/harness.ts'
import { changesBetween, type Picture, pictureOf } from '../../change/matrix/picture.ts'
import { image } from '../../isolation/stage.ts'

/** A responder's machine beside a cluster that something happened on: playbooks by the command line, with nobody there. */
export function responderOn(cluster: TestCluster) {
  const state = folder()
  const env = { KUBECONFIG: cluster.kubeconfig, XDG_STATE_HOME: state, XDG_CONFIG_HOME: folder() }
  const playbook = async (words: string[], files: Record<string, string> = {}): Promise<Ran> =>
    await secure(['playbook', ...words], {
      cwd: folder(files),
      env,
    })
  const plansOf = async (api: Cluster, ids: readonly string[]): Promise<Plan[]> => {
    const engine = await engineOn(api, join(state, 'kubectl-secure'))
    return await Promise.all(ids.map(async (id) => (await findRun(engine, id)).plan))
  }
  return {
    async run(name: string, answers: Partial<Answers>): Promise<Ran & { report: PlaybookRunReport }> {
      const words = ['run', name, '--answers', 'a.yaml', '--probe-image', image, '-o', 'json']
      const ran = await playbook(words, { 'a.yaml': dump(answers, { noRefs: true }) })
      if (ran.stdout === '') throw new Error(ran.stderr)
      return { ...ran, report: JSON.parse(ran.stdout) as PlaybookRunReport }
    },
    /** The incident report of a run, as Markdown. */
    report: async ({ run }: PlaybookRunReport, ...words: string[]) => await playbook(['report', run, ...words]),
    async undo({ run }: PlaybookRunReport): Promise<Ran & { undone: Undone }> {
      const ran = await playbook(['undo', run, '--yes', '--probe-image', image, '-o', 'json'])
      return { ...ran, undone: JSON.parse(ran.stdout) as Undone }
    },
    /** How the cluster differs from before, in words, but for what the plans of a run said beforehand. */
    async differences(api: Cluster, { plans }: PlaybookRunReport, before: Picture, after: Picture): Promise<string[]> {
      const all = (await plansOf(api, plans)).flatMap(({ changes }): Change[] => changes)
      const found = changesBetween(before, after, { changes: all } as Plan)
      // When the kubelet last said so.
      return found.filter((line) => !/^Pod \S+\.status\.conditions: /.test(line))
    },
  }
}

/** All objects of these namespaces, and the cluster-wide bindings and the node of these names. */
export async function looks(
  api: Cluster,
  spaces: readonly string[],
  { bindings = 'no-binding', node = 'no-node' } = {},
): Promise<Picture> {
  const place = { token: bindings, node, responder: 'admin' as never, end: async () => {} }
  const pictures = await Promise.all(spaces.map(async (space) => await pictureOf(api, { ...place, space })))
  return new Map(pictures.flatMap((picture) => [...picture]))
}

/** What the API server says to whoever shows it a token: the status of its answer. */
export async function statusFor({ server, caFile }: TestCluster, token: string, path: string): Promise<number> {
  const { host, port } = { host: new URL(server).hostname, port: new URL(server).port }
  const headers = { authorization: `Bearer ${token}` }
  return await new Promise((resolve, reject) => {
    const sent = request({ host, port, path, headers, ca: readFileSync(caFile) }, (answer) => {
      answer.resume()
      answer.on('end', () => resolve(answer.statusCode ?? 0))
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** The outcomes of a run's steps, by their ids. */
export function outcomes({ steps }: PlaybookRunReport): Record<string, string> {
  return Object.fromEntries(steps.map(({ step, outcome }) => [step, outcome]))
}
