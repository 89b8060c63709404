import { expect, test } from 'vitest'
import { rawEvent } from '../unit/audit-log/samples.ts'
import { folder, secure } from './run.ts'

const manifests = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: runner}
rules: [{apiGroups: [""], resources: [pods/exec], verbs: [create, get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: runs, namespace: payments}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: runner}
subjects: [{kind: ServiceAccount, name: api, namespace: payments}]
`
const policy = 'apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- level: Request\n'
const events = [
  rawEvent(),
  rawEvent({
    user: { username: 'system:serviceaccount:payments:api', groups: ['system:authenticated'] },
    verb: 'list',
    objectRef: { resource: 'configmaps' },
  }),
]
const files = {
  'rbac.yaml': manifests,
  'policy.yaml': policy,
  'a.log': events.map((one) => `${JSON.stringify(one)}\n`).join(''),
}
const asked = async (words: string) => await secure(`audit ask could-did ${words}`.split(' '), { cwd: folder(files) })

test('each actor: what they did, what they may and were not seen to do, and what they may no longer', async () => {
  const { code, stdout, stderr } = await asked('--snapshot rbac.yaml --audit-log a.log --audit-policy policy.yaml')
  expect({ code, stdout: stdout.split(/^found:/m)[0] }).toEqual({
    code: 0,
    stdout: `ACTOR             DID              MAY, AND WAS NOT SEEN TO
user:mallory      secrets-read 1   -
sa:payments/api   -                exec (payments)

did, and may no longer:
  user:mallory  get secrets db in default: 1 time, last 2026-11-21T17:00:57Z; the log does not say what allowed it

`,
  })
  expect(stderr).toContain('RBAC is as the manifests have it; of when they are, they do not say')
})

test('the chain of each grant, and JSON', async () => {
  const wide = await asked('--snapshot rbac.yaml --audit-log a.log --subject sa:payments/api -o wide')
  expect(wide.stdout).toMatch(
    /^sa:payments\/api +exec +not seen .* payments +\* +create,get +pods\/exec .*ServiceAccount payments\/api → RoleBinding\/payments\/runs → ClusterRole\/runner → rule 0$/m,
  )
  expect(wide.stdout).not.toContain('mallory')
  const { code, stdout } = await asked('--snapshot rbac.yaml --audit-log a.log -o json')
  // Without the audit policy nobody knows what the log leaves out.
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({
    kind: 'CouldDidReport',
    rbac: { source: 'files' },
    actors: [{ by: 'mallory' }, { answers: [{ question: 'exec', unseen: 'maybe' }] }],
  })
})

test.each([
  ['--audit-log a.log', /could-did needs RBAC to hold the log against\nName evidence that has it/],
  ['--snapshot rbac.yaml', /which audit log\?/],
])('%s is not enough', async (words, says) => {
  const { code, stdout, stderr } = await asked(words)
  expect({ code, stdout, stderr }).toEqual({ code: 2, stdout: '', stderr: expect.stringMatching(says) as string })
})
