import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Json } from '../../../src/change/plan.ts'
import type { ChangePreview } from '../../../src/change/reports.ts'
import { plain } from '../../../src/terminal/look.ts'
import { planDiff } from '../../../src/terminal/plan-diff.ts'
import { hostileCharacters } from '../../../src/text/hostile.ts'
import { podRef } from './plans.ts'

type Fields = { [key: string]: Json }
const pod = (labels: Fields, more: Fields = {}): Fields => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { labels, name: 'api-0', namespace: 'payments', uid: 'u-1', ...more },
  spec: { nodeName: 'worker-3' },
  status: { phase: 'Running' },
})
const preview = (more: Partial<ChangePreview>): ChangePreview => ({ change: 'c', ref: podRef, warnings: [], ...more })

test('a change as kubectl diff shows it, without what the server changes by itself', async () => {
  const text = await planDiff(
    [
      preview({
        before: pod({ app: 'api', tier: 'web' }, { resourceVersion: '1', generation: 1, managedFields: [] }),
        after: pod({ tier: 'web', mark: '' }, { resourceVersion: '2', generation: 2, managedFields: [{}] }),
      }),
    ],
    plain,
  )
  expect(text.split('\n').slice(1).join('\n')).toBe(`diff -u -N LIVE/v1.Pod.payments.api-0 MERGED/v1.Pod.payments.api-0
--- LIVE/v1.Pod.payments.api-0
+++ MERGED/v1.Pod.payments.api-0
@@ -2,7 +2,7 @@
 kind: Pod
 metadata:
   labels:
-    app: api
+    mark: ''
     tier: web
   name: api-0
   namespace: payments
`)
  expect(text).toMatch(/^# managedFields, resourceVersion, generation, .*left out/)
})

test('what is created has no uid yet; what is deleted is all minus; a group stands in the name', async () => {
  const ref = { ...podRef, apiVersion: 'apps/v1', kind: 'Deployment' }
  const created = await planDiff([preview({ ref, after: pod({}) })], plain)
  expect(created).toContain('+++ MERGED/apps.v1.Deployment.payments.api-0\n@@ -0,0 +1,8 @@\n+apiVersion: v1\n')
  expect(created).not.toMatch(/^\+ *(?:uid|status)/m)
  const deleted = await planDiff([preview({ before: pod({}) })], plain)
  expect(deleted).toContain('@@ -1,8 +0,0 @@\n-apiVersion: v1\n')
})

test('a status that changes is shown', async () => {
  const after = { ...pod({}), status: { phase: 'Failed' } }
  expect(await planDiff([preview({ before: pod({}), after })], plain)).toContain(
    '-  phase: Running\n+  phase: Failed\n',
  )
})

test('no dry run, nothing to change and the warnings of the server are said', async () => {
  const text = await planDiff(
    [
      preview({ missing: 'its owner is not there yet' }),
      preview({ before: pod({}), after: pod({}, { resourceVersion: '9' }), warnings: ['would violate\nrestricted'] }),
      preview({}),
    ],
    plain,
  )
  expect(text).toBe(
    '# Pod payments/api-0: its owner is not there yet\n' +
      '# Pod payments/api-0: nothing changes\n' +
      '# Warning: Pod payments/api-0: would violate\\u{a}restricted\n' +
      '# Pod payments/api-0: is not there\n',
  )
})

test('data of Secrets is never shown, not even in the copy kubectl apply keeps', async () => {
  const secret = (value: string, label: string): Fields => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: 's',
      labels: { label },
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data":{"k":"${value}"}}` },
    },
    data: { k: value, same: 'c2FtZQ==' },
    stringData: { plain: value },
  })
  const both = await planDiff([preview({ before: secret('aHVudGVy', 'a'), after: secret('c3dvcmQ=', 'b') })], plain)
  expect(both).toContain("-  k: '*** (before)'\n+  k: '*** (after)'\n   same: '***'\n")
  expect(both).toContain('+    label: b\n')
  const one = await planDiff([preview({ before: secret('aHVudGVy', 'a') })], plain)
  const odd = await planDiff([preview({ after: { kind: 'Secret', data: 'aHVudGVy' } })], plain)
  for (const text of [both, one, odd]) expect(text).not.toMatch(/aHVudGVy|c3dvcmQ|c2FtZQ/)
})

test('whatever an object holds, no character of it is obeyed, and every line is one of a diff', async () => {
  const hostile = fc.string({ unit: 'binary', maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.dictionary(hostile, hostile), fc.dictionary(hostile, hostile), hostile, async (a, b, name) => {
      const text = await planDiff(
        [preview({ before: pod(a), after: pod(b), ref: { ...podRef, name }, warnings: [name] })],
        plain,
      )
      expect(text.replaceAll('\n', '').search(hostileCharacters)).toBe(-1)
      for (const line of text.trimEnd().split('\n')) expect(line).toMatch(/^(?:#|diff -u|---|\+\+\+|@@|[ +-])/)
    }),
  )
})

test('colours stand around whole lines', async () => {
  const look = { ...plain, paint: (colour: unknown, text: string) => `<${String(colour)}>${text}</>` }
  const text = await planDiff([preview({ before: pod({ a: '1' }), after: pod({ a: '2' }) })], look)
  expect(text).toContain("<red>-    a: '1'</>\n<green>+    a: '2'</>\n")
})

test('long lines are cut where that is asked for, with their length said', async () => {
  const previews = [preview({ after: { kind: 'ConfigMap', data: { script: 'x'.repeat(500) } } })]
  expect(await planDiff(previews, plain, { longest: 40 })).toMatch(/\n\+ {2}script: x+… \(511 characters\)\n/)
  expect(await planDiff(previews, plain)).toContain('x'.repeat(500))
})
