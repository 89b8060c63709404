import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plain } from '../../../src/terminal/look.ts'
import { Sheet } from '../../../src/terminal/sheet.ts'
import { planText } from '../../../src/terminal/plan-text.ts'
import { hostileCharacters } from '../../../src/text/hostile.ts'
import { changes, plan, podRef } from './plans.ts'

test('a plan says where, as whom, what in which order, and how each change is undone', () => {
  const text = planText(plan(), [{ change: 'evict', ref: podRef, what: 'the pod is another one afterwards' }], plain)
  expect(text).toBe(`Plan  bk4f-9xzt-2mwq
  command     kubectl secure isolate pod/api-0 -n payments --reason 'it'\\''s mining'
  cluster     https://10.0.0.1:6443 (context prod)
  user        jane (groups oncall)
  incident    INC-42
  reason      it's mining
  made        2026-11-21T03:04:05Z

7 changes, in this order:
  1.  create NetworkPolicy payments/kubectl-secure-bk4f-9xzt-2mwq
      why         denies all traffic of what this plan marks
      undo        deleted
  2.  patch Pod payments/api-0
      why         takes the pod out of every allowing policy
      risk        Services stop sending it requests
      only if     the check twin-blocked says yes
      what        add label kubectl-secure.github.io/q-bk4f-9xzt-2mwq: ""
                  remove label app (was "api")
                  remove {"kind":"ReplicaSet","name":"api"} from metadata.ownerReferences
      undo        the fields are given back where they are still as we left them
                  labels are given back once no other plan quarantines the object
                  ownership is given back only with --restore-ownership
  3.  create Pod payments/twin, for the time of the run (if it fails, the run goes on)
      why         the twin
  4.  add the ephemeral container secure-1 to Pod payments/api-0
      why         cuts live connections
      undo        not: an ephemeral container stays until its pod is gone
  5.  scale Deployment payments/api from 3 to 0
      why         no more of them
      undo        scaled back to 3, if it is still 0 then
  6.  evict Pod payments/api-0
      why         off this node
      undo        not: the pod is gone; whatever owns it makes another one
  7.  delete Pod payments/api-0
      why         gone
      undo        created anew from the copy in this plan, with another uid

What cannot come back:
  -  Pod payments/api-0: the pod is another one afterwards
Note:  Argo CD (application payments) may revert it
`)
})

test('data of Secrets is not shown, and long values are cut with their length', () => {
  const secret = { ...podRef, kind: 'Secret', resource: 'secrets' }
  const text = planText(
    plan({
      changes: [
        {
          id: 'a',
          do: 'patch',
          why: 'w',
          ref: secret,
          edits: [
            { path: ['data', 'token'], before: 'aHVudGVy', after: 'c3dvcmQ=', restore: 'always' },
            { path: ['metadata', 'annotations', 'x'], after: 'y'.repeat(200), restore: 'always' },
          ],
        },
      ],
    }),
    [],
    plain,
  )
  expect(text).toContain('set data.token: *** → ***')
  expect(text).not.toMatch(/aHVudGVy|c3dvcmQ/)
  expect(text).toContain('… (202 characters)')
})

test('no plan can write a line of its own, or more than a terminal shows', () => {
  const hostile = fc.string({ unit: 'binary', maxLength: 20 })
  fc.assert(
    fc.property(hostile, fc.integer({ min: 30, max: 120 }), (evil, width) => {
      const evilPlan = plan({
        id: evil,
        command: [evil],
        incident: evil,
        user: { name: evil, groups: [evil] },
        notes: [evil],
        changes: changes.map((change) => ({ ...change, id: evil, why: evil, risk: evil })),
      })
      const text = planText(evilPlan, [{ change: evil, ref: { ...podRef, name: evil }, what: evil }], {
        ...plain,
        width,
      })
      expect(text.replaceAll('\n', '').search(hostileCharacters)).toBe(-1)
    }),
  )
})

test('lines break between words, below the first of them, and long words stay whole', () => {
  const look = { ...plain, width: 32 }
  const sheet = new Sheet()
    .field('label', 'one two three four five')
    .line('a'.repeat(40))
    .field('copy', 'x '.repeat(20), {
      wrap: false,
    })
  expect(sheet.toText(look)).toBe(
    `label       one two three four\n            five\n${'a'.repeat(40)}\ncopy        ${'x '.repeat(19)}x\n`,
  )
})

test('undo of a cut says that it adds a container to the pod', () => {
  const cut = changes.find((change) => change.do === 'subresource')
  if (!cut) throw new Error('no such change')
  const text = planText(plan({ changes: [{ ...cut, id: 'sever-0a1b2c3d' }] }), [], plain).replaceAll(/\s+/g, ' ')
  expect(text).toContain('undo another ephemeral container, which undo adds, lifts the cut; both stay until')
})
