import type { AttackNode } from '../../../src/attack/model.ts'
import type { Word } from '../../unit/attack/oracle.ts'
import { boss, node, pod } from './rights-cases.ts'
import type { Stage } from './stage.ts'

const account = (name: string): AttackNode => ({
  kind: 'subject',
  subject: { kind: 'ServiceAccount', namespace: 'open', name },
})
const pull: AttackNode = { kind: 'secret', namespace: 'open', name: 'pull' }
const kubelet: AttackNode = { kind: 'subject', subject: { kind: 'User', name: 'system:node:node1' } }
const nodes: AttackNode = { kind: 'subject', subject: { kind: 'Group', name: 'system:nodes' } }
const tokenFile = '/var/run/secrets/kubernetes.io/serviceaccount/token'

/** Runs code in a pod, however one came by it. */
const inside =
  (name: string, command: string, proves: (said: string, stage: Stage) => boolean | Promise<boolean>) =>
  async (stage: Stage): Promise<boolean> => {
    const { stdout } = await stage.kubectl(['exec', '-n', 'open', name, '--', 'sh', '-c', command])
    return await proves(stdout, stage)
  }
const isTokenOf = (name: string) => async (said: string, stage: Stage) =>
  (await stage.whoIs(said)) === `system:serviceaccount:open:${name}`
const hasMarker = (said: string, { marker }: Stage) => said.includes(marker)

/** A token of the account of a pod, asked for by the node's kubelet. */
const tokenByKubelet = (name: string) => async (stage: Stage) => {
  const { stdout: uid } = await stage.kubectl(['get', 'pod', '-n', 'open', name, '-o', 'jsonpath={.metadata.uid}'])
  const bound = ['--bound-object-kind=Pod', `--bound-object-name=${name}`, `--bound-object-uid=${uid}`]
  const as = ['--as=system:node:node1', '--as-group=system:nodes']
  const { stdout } = await stage.kubectl(['create', 'token', '-n', 'open', name, ...bound, ...as])
  return await isTokenOf(name)(stdout, stage)
}
const secretBy =
  (...as: string[]) =>
  async (stage: Stage) =>
    (await stage.kubectl(['get', 'secret', '-n', 'open', 'pull', ...as])).code === 0

/** What is held, what for, what the graph has to say, and the attempt. */
export const stateCases: [
  what: string,
  held: AttackNode[],
  claim: AttackNode,
  word: Word,
  attempt: (stage: Stage) => Promise<boolean>,
][] = [
  [
    'a pod has its token',
    [pod('open', 'boss')],
    boss('open'),
    'surely',
    inside('boss', `cat ${tokenFile}`, isTokenOf('boss')),
  ],
  [
    'a pod without a token is nobody',
    [pod('open', 'quiet')],
    account('quiet'),
    'no',
    inside('quiet', `cat ${tokenFile}`, isTokenOf('quiet')),
  ],
  [
    'in a completed pod no code runs',
    [pod('open', 'done')],
    account('done'),
    'no',
    inside('done', `cat ${tokenFile}`, isTokenOf('done')),
  ],
  [
    'a privileged pod with the node’s files has the node',
    [pod('open', 'host')],
    node,
    'surely',
    inside('host', 'cat /host/run/marker', hasMarker),
  ],
  [
    'hostPID alone does not',
    [pod('open', 'pids')],
    node,
    'no',
    inside('pids', 'cat /proc/1/root/run/marker', hasMarker),
  ],
  [
    'but reads other pods’ tokens',
    [pod('open', 'pids')],
    boss('open'),
    'perhaps',
    inside('pids', `for p in /proc/[0-9]*; do cat $p/root${tokenFile}; echo; done 2>/dev/null; true`, anyBoss),
  ],
  ['a node has tokens of pods that are done', [node], account('done'), 'surely', tokenByKubelet('done')],
  ['not of pods that have none', [node], account('quiet'), 'no', tokenByKubelet('quiet')],
  [
    'a node has the secrets by which images are pulled',
    [node],
    pull,
    'surely',
    secretBy('--as=system:node:node1', '--as-group=system:nodes'),
  ],
  [
    'the kubelet’s user and group are all that takes',
    [kubelet, nodes],
    pull,
    'surely',
    secretBy('--as=system:node:node1', '--as-group=system:nodes'),
  ],
  ['its user alone is not', [kubelet], pull, 'no', secretBy('--as=system:node:node1')],
  ['nor is its group', [nodes], pull, 'no', secretBy('--as=somebody', '--as-group=system:nodes')],
  [
    'code in the pod does not see them',
    [pod('open', 'quiet')],
    pull,
    'no',
    inside('quiet', 'find / -name .dockerconfigjson -not -path "/proc/*"', (said) => said !== ''),
  ],
]

async function anyBoss(said: string, stage: Stage): Promise<boolean> {
  for (const line of new Set(said.split('\n'))) if (line !== '' && (await isTokenOf('boss')(line, stage))) return true
  return false
}
