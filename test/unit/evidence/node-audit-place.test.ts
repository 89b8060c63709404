import fc from 'fast-check'
import { expect, test } from 'vitest'
import { apiServerOf, namesIn, rotatedOf, underVarLog } from '../../../src/evidence/node-audit-place.ts'

const pod = (words: string[], more: object = {}, spec: object = {}) => ({
  metadata: { namespace: 'kube-system', name: 'kube-apiserver-a', uid: 'u', labels: { component: 'kube-apiserver' } },
  spec: {
    nodeName: 'a',
    containers: [{ name: 'kube-apiserver', command: words, ...more }],
    ...spec,
  },
})
const log = '--audit-log-path=/var/log/kubernetes/audit.log'
const mounted = (path: string, mountPath: string, more = {}): [object, object] => [
  { volumeMounts: [{ name: 'v', mountPath, ...more }] },
  { volumes: [{ name: 'v', hostPath: { path } }] },
]

test('where the log lies on the node follows from the flag and the mount', () => {
  const fileOf = (words: string[], [more, spec]: [object, object]) => apiServerOf(pod(words, more, spec))?.file
  const same = mounted('/var/log/kubernetes', '/var/log/kubernetes/')
  expect(fileOf(['kube-apiserver', log], same)).toBe('/var/log/kubernetes/audit.log')
  expect(fileOf(['kube-apiserver', '--audit-log-path', '/var/log/kubernetes/audit.log'], same)).toBe(
    '/var/log/kubernetes/audit.log',
  )
  expect(fileOf(['sh', '-c', `exec kube-apiserver ${log} --x`], same)).toBe('/var/log/kubernetes/audit.log')
  expect(fileOf(['kube-apiserver', log], mounted('/srv/logs', '/var/log', { subPath: 'api' }))).toBe(
    '/srv/logs/api/kubernetes/audit.log',
  )
  expect(fileOf(['kube-apiserver', log], mounted('/srv', '/var/log/kube'))).toBeUndefined()
  const deeper = [
    { volumeMounts: ['/var', '/var/log/kubernetes'].map((mountPath, at) => ({ name: `v${at}`, mountPath })) },
    {
      volumes: [
        { name: 'v0', hostPath: { path: '/zero' } },
        { name: 'v1', hostPath: { path: '/one' } },
      ],
    },
  ] as [object, object]
  expect(fileOf(['kube-apiserver', log], deeper)).toBe('/one/audit.log')
})

test('where there is none it says why', () => {
  const why = (...words: string[]) => apiServerOf(pod(['kube-apiserver', ...words]))?.why
  expect(why()).toMatch(/without --audit-log-path/)
  expect(why('--audit-webhook-config-file=/x')).toMatch(/webhook in \/x/)
  expect(why('--audit-log-path=-')).toMatch(/standard output/)
  expect(why(log)).toMatch(/not a folder of the node/)
  expect(
    apiServerOf({ ...pod(['etcd']), metadata: { namespace: 'kube-system', name: 'etcd', uid: 'u' } }),
  ).toBeUndefined()
})

test('no path gets out of /var/log', () => {
  const part = fc.constantFrom('..', '.', '', 'var', 'log', 'a', '%2e%2e', '...')
  fc.assert(
    fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
      const found = underVarLog(`/${parts.join('/')}`)
      for (const one of found ?? []) expect(['', '.', '..']).not.toContain(one)
    }),
  )
  expect(underVarLog('/var/log/../../etc/shadow')).toBeUndefined()
  expect(underVarLog('/var/logs/x')).toBeUndefined()
  expect(underVarLog('/var/log/')).toBeUndefined()
  expect(underVarLog('/var/log/./kubernetes//audit.log')).toEqual(['kubernetes', 'audit.log'])
})

test('rotated files are those of this log, oldest first, whatever lies beside them', () => {
  const names = [
    'audit.log',
    'audit-2026-05-02T10-00-00.000.log',
    'audit-2026-05-01T10-00-00.000.log.gz',
    'audit-2026-05-01T10-00-00.000.txt',
    'auditor-2026-05-01T10-00-00.000.log',
    'audit-latest.log',
    '../audit-2026-05-01T10-00-00.000.log',
  ]
  expect(rotatedOf('audit.log', names)).toEqual([names[2], names[1]])
  expect(rotatedOf('(a+)+$.log', ['(a+)+$-2026-05-02T10-00-00.000.log', names[1] ?? ''])).toEqual([
    '(a+)+$-2026-05-02T10-00-00.000.log',
  ])
})

test('names in a listing of the kubelet', () => {
  const html = `<pre>\n<a href="audit.log">audit.log</a>\n<a href="a%20b.log">a b.log</a>\n<a href="./x:y">x:y</a>\n<a href="pods/">pods/</a>\n<a href="a&amp;b">a&amp;b</a>\n<a href="..%2F..%2Fx">x</a>\n<a href="%ff">x</a></pre>`
  expect(namesIn(html)).toEqual(['audit.log', 'a b.log', 'x:y', 'a&b'])
})
