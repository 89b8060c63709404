import fc from 'fast-check'
import { expect, test } from 'vitest'
import { objectRows } from '../../../../src/evidence/timeline/objects.ts'
import { podOf } from '../../../../src/evidence/timeline/pods.ts'
import { around, told } from './told.ts'

const pods = { group: '', resource: 'pods' }
const at = (second: number) => `2026-11-21T17:00:0${second}Z`
const onNode = (second: number) => `2026-11-21T17:07:0${second}Z`
const pod = {
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'p1',
    creationTimestamp: at(0),
    managedFields: [
      { manager: 'kubectl-create', operation: 'Update', time: at(0), fieldsV1: { 'f:spec': { 'f:containers': {} } } },
      {
        manager: 'kubelet',
        operation: 'Update',
        time: at(3),
        subresource: 'status',
        fieldsV1: { 'f:status': { 'f:phase': {} } },
      },
      {
        manager: 'me',
        operation: 'Update',
        time: at(4),
        subresource: 'status',
        fieldsV1: { 'f:status': { 'f:phase': {} } },
      },
      { manager: 'kubelet', operation: 'Update', time: at(5), fieldsV1: {} },
      { manager: 'x', operation: 'Apply', time: 'soon' },
    ],
  },
  spec: { nodeName: 'node1' },
  status: {
    conditions: [
      { type: 'PodScheduled', status: 'True', lastTransitionTime: at(1) },
      { type: 'Initialized', status: 'True', lastTransitionTime: onNode(1) },
      { type: 'Ready', status: 'False', reason: 'ContainersNotReady', lastTransitionTime: onNode(1) },
    ],
    containerStatuses: [
      {
        name: 'main',
        restartCount: 2,
        image: 'shop/web:1',
        state: { running: { startedAt: onNode(5) } },
        lastState: {
          terminated: { startedAt: onNode(2), finishedAt: onNode(4), exitCode: 137, reason: 'OOMKilled', signal: 9 },
        },
      },
    ],
    ephemeralContainerStatuses: [
      { name: 'debug', restartCount: 0, image: 'busybox', state: { running: { startedAt: onNode(6) } } },
    ],
  },
}

test('a pod from its creation on: by the clock of the API server what that writes, by that of the node what its kubelet does', () => {
  const rows = [...objectRows(pod, pods, around(), podOf(pod))]
  expect(told(rows)).toEqual([
    [at(0), 'api-server', '', 'pods created'],
    [at(0), 'api-server', 'kubectl-create', 'pods Update: spec.containers'],
    [at(3), 'api-server', 'kubelet', 'pods Update of status: status.phase'],
    [at(4), 'api-server', 'me', 'pods Update of status: status.phase'],
    [at(5), 'api-server', 'kubelet', 'pods Update: '],
    [at(1), 'api-server', '', 'pods condition PodScheduled=True'],
    [onNode(1), 'node/node1', '', 'pods condition Initialized=True, Ready=False (ContainersNotReady)'],
    [onNode(2), 'node/node1', 'kubelet on node1', 'pods container main started (restarted, run 2; image shop/web:1)'],
    [onNode(4), 'node/node1', 'kubelet on node1', 'pods container main ended: OOMKilled, exit code 137, signal 9'],
    [onNode(5), 'node/node1', 'kubelet on node1', 'pods container main started (restarted, run 3; image shop/web:1)'],
    [onNode(6), 'node/node1', 'kubelet on node1', 'pods ephemeral container debug started (first run; image busybox)'],
  ])
  expect(rows.every(({ of, row }) => of === 'p1' && row.namespace === 'shop' && row.name === 'web')).toBe(true)
  // Routine is what a component writes of status, whoever else claims to be one.
  expect(rows.flatMap(({ row }) => (row.routine === undefined ? [] : [row.what]))).toEqual([
    'pods Update of status: status.phase',
  ])
  expect(rows.every(({ row }) => row.by === '' || row.claimed)).toBe(true)
})

test('a deletion is as long before its timestamp as its grace', () => {
  const metadata = { name: 'web', deletionTimestamp: at(8), deletionGracePeriodSeconds: 5 }
  expect(told(objectRows({ metadata }, pods, around()))).toEqual([
    [at(3), 'api-server', '', 'pods deletion asked for, with 5 s of grace, and still there'],
  ])
})

test('who asks for a certificate was authenticated; who a token is for stands there', () => {
  const csr = { metadata: { name: 'x', creationTimestamp: at(0) }, spec: { username: 'mallory' } }
  const [row] = objectRows(csr, { group: 'certificates.k8s.io', resource: 'certificatesigningrequests' }, around())
  expect(row?.row).toMatchObject({ by: 'mallory', what: 'certificatesigningrequests created' })
  expect(row?.row.claimed).toBeUndefined()
  const annotations = { 'kubernetes.io/service-account.name': 'admin' }
  const secret = { metadata: { name: 't', creationTimestamp: at(0), annotations } }
  expect(told(objectRows(secret, { group: '', resource: 'secrets' }, around()))).toEqual([
    [at(0), 'api-server', '', 'secrets created for service account admin'],
  ])
})

test('what a plan of ours made, and what says to be written by us, are changes', () => {
  const labels = { 'kubectl-secure.github.io/plan': 'bk4f-9xzt-2mwq' }
  const managedFields = [{ manager: 'kubectl-secure', operation: 'Update', time: at(1), fieldsV1: {} }]
  const policy = { metadata: { name: 'x', creationTimestamp: at(0), labels, managedFields } }
  const rows = [...objectRows(policy, { group: 'networking.k8s.io', resource: 'networkpolicies' }, around())]
  expect(rows.map(({ row: { kind, what } }) => [kind, what])).toEqual([
    ['change', 'networkpolicies created with the label of plan bk4f-9xzt-2mwq'],
    ['change', 'networkpolicies Update: '],
  ])
})

test('whatever an object is made of, its rows are rows', () => {
  const odd = fc.jsonValue({ maxDepth: 3 })
  const some = (shape: object) =>
    fc.record(
      Object.fromEntries(
        Object.keys(shape).map((key) => [key, fc.oneof(odd, fc.constant((shape as Record<string, unknown>)[key]))]),
      ),
      {
        requiredKeys: [],
      },
    )
  const [state] = pod.status.containerStatuses
  const worlds = fc.record({
    metadata: fc.oneof(
      odd,
      some({ ...pod.metadata, deletionTimestamp: at(8), deletionGracePeriodSeconds: 5, labels: {} }),
    ),
    spec: fc.oneof(odd, some(pod.spec)),
    status: fc.oneof(
      odd,
      fc.record({
        conditions: fc.array(some(pod.status.conditions[1] ?? {})),
        containerStatuses: fc.array(some(state ?? {})),
      }),
    ),
  })
  fc.assert(
    fc.property(worlds, (raw) => {
      for (const { row } of objectRows(raw, pods, around(), podOf(raw))) {
        expect(row.corrected).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
        expect(typeof row.what === 'string' && row.what.length <= 1001).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})
