import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { IsolationReport } from '../../../src/isolation/report.ts'
import { isolationSummary } from '../../../src/terminal/isolation-summary.ts'
import { plain } from '../../../src/terminal/look.ts'
import { hostileCharacters } from '../../../src/text/hostile.ts'
import { reports } from './isolation-reports.ts'

const shown = (report: IsolationReport, width = 80) => isolationSummary(report, { ...plain, width })
const lines = (text: string) => text.trimEnd().split('\n')

test('one isolated pod fits a screen, the verdict first and the way back last', () => {
  const text = shown(reports.isolated())
  expect(lines(text).length).toBeLessThan(24)
  for (const line of lines(text)) expect(line.length).toBeLessThanOrEqual(80)
  expect(lines(text)[0]).toBe('ISOLATED  Pod payments/api-7d9f5c-x2klp on node worker-3 (incident INC-42)')
  expect(lines(text).at(-1)).toBe('Undo        kubectl secure undo bk4f-9xzt-2mwq')
})

test.each([
  ['partial', 'PARTIAL', 'NOT fully cut off'],
  ['notEnforced', 'NOT ENFORCED', 'NOT cut off'],
  ['unknown', 'UNKNOWN', 'Treat it as open'],
] as const)('%s: the verdict opens and ends it, in words', (name, verdict, says) => {
  const report = reports[name]()
  const text = shown(report, 400)
  expect(text.startsWith(`${verdict}  `)).toBe(true)
  expect(lines(text).at(-1)).toBe(`${verdict}  as said above`)
  expect(text).toContain(says)
  for (const reason of report.reasons) expect(text).toContain(reason)
  expect(text).not.toMatch(/ISOLATED {2}|Cut off, and proved/)
})

test('what is open names the policy, what is alive the connection, and what was not read the gap', () => {
  const text = shown(reports.partial(), 400)
  expect(text).toContain(
    'out to world (0.0.0.0/0): TCP 443, by NetworkPolicy/payments/allow-all-egress egress[0]: allow\n',
  )
  expect(text).toContain('UDP 53, perhaps: a Cilium rule on DNS names cannot be decided\n')
  expect(text).toContain('policies: 1 STILL OPEN, 1 not decidable, but NOT ALL COULD BE READ (1 gap)\n')
  expect(text).toContain(
    'open connections: 2 STILL ALIVE, cut by a helper on the node: the container holds NET_ADMIN\n',
  )
  expect(text).toContain('alive: TCP 10.244.3.9:41122 → 185.10.68.2:443\n')
  expect(text).toContain(
    'not read: list globalnetworkpolicies: 403 forbidden; hidden: policies of Calico that allow more\n',
  )
})

test('a cut that nothing carries out is one on paper', () => {
  const text = shown(reports.notEnforced(), 400)
  expect(text).toContain(
    'ON PAPER ONLY (cut after 0.4s, verdict after 6.1s)\nNot cut     ANYTHING: no policy is carried out on its node\n',
  )
  expect(text).toContain('twin → plain pod TCP 10.244.3.17:8080: connects, expected blocked\n')
  expect(shown(reports.unknown(), 400)).toContain('open before, on paper: not proved (cut')
})

test('what goes on beside policies is not cut, and a pod’s own name is said once', () => {
  const text = shown(reports.isolated(), 400)
  expect(text).toMatch(/\nNot cut {5}the pod's own node still reaches it.*\n {12}exec, attach.*\nProof /)
  expect(text).toContain('Watch out   replacement: ReplicaSet api-7d9f5c starts another pod')
  expect(text).toContain('\n              →  stop it once the pod is off its owner')
})

test('a run that did not end says how to go on', () => {
  const report = reports.isolated()
  report.run = { ...report.run, state: 'unfinished' }
  expect(shown(report, 400)).toContain(
    'the run is unfinished: kubectl secure resume bk4f-9xzt-2mwq --finish | --undo\n',
  )
})

test('many pods: the worst first, the others together, long lists cut with a count', () => {
  const report = reports.many()
  report.reasons = ['pod payments/api-7d9f5c-x2klp is PARTIAL: said below', 'a node itself is not isolated']
  report.canLift = Array.from({ length: 20 }, (_, index) => ({ subject: `User u${index}`, how: ['exec'] }))
  const text = shown(report, 400)
  expect(lines(text)[0]).toBe('PARTIAL  Deployment payments/api: 31 pods (incident INC-42)')
  expect(text).toMatch(
    /\n {2}PARTIAL {2}payments\/api-7d9f5c-x2klp: .*\n {2}ISOLATED {2}payments\/api-0, payments\/api-1 and 28 more pods\n/,
  )
  expect(text).toContain('    -  a node itself is not isolated\n')
  expect(text).not.toContain('said below')
  expect(text).toContain('probe on 30 nodes: twin blocked 3 of 3 times')
  expect(text).toContain('User u2: exec\n            and 17 more (-o json lists them all)\n')
})

test('colour adds nothing: without it the words are the same', () => {
  const look = { ...plain, width: 80, paint: (_: unknown, text: string) => `\u001b[1m${text}\u001b[0m` }
  for (const name of ['isolated', 'partial', 'notEnforced', 'unknown', 'many'] as const) {
    const coloured = isolationSummary(reports[name](), look)
    // oxlint-disable-next-line no-control-regex
    expect(coloured.replace(/\u001b\[[01]m/g, '')).toBe(shown(reports[name]()))
  }
})

test('nothing in a report is obeyed by the terminal, or begins a line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 16 }), fc.integer({ min: 30, max: 120 }), (evil, width) => {
      const json = JSON.stringify(reports.partial())
      const report = JSON.parse(json, (_, value: unknown) =>
        typeof value === 'string' && /payments|worker|INC|TCP 10|forbidden|NET_ADMIN/.test(value) ? `x${evil}` : value,
      ) as IsolationReport
      const text = shown(report, width)
      expect(text.replaceAll('\n', '').search(hostileCharacters)).toBe(-1)
    }),
  )
})
