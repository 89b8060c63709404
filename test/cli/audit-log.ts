import { rawEvent } from '../unit/audit-log/samples.ts'
import { folder, type Ran, secure } from './run.ts'

export const hostile = 'eve\u001b[31m\u202e'
export const at = (second: number, changes: object) =>
  rawEvent({
    auditID: `id-${second}`,
    requestReceivedTimestamp: new Date(Date.UTC(2026, 10, 21, 17, 0, second)).toISOString(),
    ...changes,
  })
export const events = [
  at(0, {}),
  at(1, {
    user: { username: 'system:kube-controller-manager' },
    verb: 'list',
    objectRef: { resource: 'secrets', apiVersion: 'v1' },
  }),
  at(2, {
    user: { username: 'system:serviceaccount:payments:api' },
    requestURI: '/api/v1/namespaces/payments/pods/api-0/exec?command=sh&command=-c&command=id',
    objectRef: { resource: 'pods', subresource: 'exec', namespace: 'payments', name: 'api-0', apiVersion: 'v1' },
    responseStatus: { code: 101 },
  }),
  at(3, {
    user: { username: hostile },
    verb: 'create',
    requestURI: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings',
    objectRef: { resource: 'clusterrolebindings', apiGroup: 'rbac.authorization.k8s.io', name: 'x\u0007\n' },
  }),
  at(4, { requestURI: '/api/v1/configmaps', verb: 'list', objectRef: { resource: 'configmaps', apiVersion: 'v1' } }),
]
export const lines = (...all: object[]) => all.map((one) => `${JSON.stringify(one)}\n`).join('')
/** What an intruder and a controller did, a line each. */
export const log = lines(...events)
const policy = (first = '') => `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n${first}- level: RequestResponse\n`
const noExec = '- {level: None, resources: [{group: "", resources: [pods/exec, pods/attach]}]}\n'
export const here = (files: Record<string, string | Uint8Array>) =>
  folder({ 'policy.yaml': policy(), 'no-exec.yaml': policy(noExec), ...files })
export const asked = async (
  words: string,
  files: Record<string, string | Uint8Array> = { 'a.log': log },
): Promise<Ran> => await secure(words.split(' '), { cwd: here(files) })
