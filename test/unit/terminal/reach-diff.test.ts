import { expect, test } from 'vitest'
import { worldOf } from '../../../src/network/decode-world.ts'
import { diffReach } from '../../../src/network/diff-reach.ts'
import { networkOf } from '../../../src/network/network.ts'
import { reachDiffTable } from '../../../src/terminal/reach-diff-table.ts'
import { reachDiffMermaid } from '../../../src/terminal/reach-mermaid.ts'
import { reachPageData } from '../../../src/terminal/reach-page-data.ts'
import { toJson } from '../../../src/terminal/serialize.ts'
import { cast, networkPolicy } from '../network/make.ts'

const network = (...policies: object[]) => networkOf(worldOf([...cast, ...policies], { enforcer: 'conformant' }))
const deny = networkPolicy('b', { podSelector: {}, policyTypes: ['Ingress'] }, 'deny"];x')
const allow = networkPolicy(
  'b',
  { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '203.0.113.0/24' } }] }] },
  'allow',
)
const query = { from: { kind: 'cidr', cidr: '203.0.113.0/24' }, protocol: 'TCP', port: 443 } as const
const cut = diffReach(network(), network(deny), query)
const opened = diffReach(network(deny), network(deny, allow), query)
const options = { wide: false, width: undefined }

test('a table says what changes, for which ports, from which verdict, and by which policies', () => {
  expect(reachDiffTable(cut, options)).toMatch(
    /^CHANGE +FROM +TO +PORTS +VERDICT +BY\ncut +203\.0\.113\.0\/24 +pod b\/web +TCP 443 +allowed → denied +no policy → NetworkPolicy\/b\/deny"\];x isolates ingress: deny\n$/,
  )
  expect(reachDiffTable(opened, options)).toMatch(
    /\nopened +203\.0\.113\.0\/24 +pod b\/web +TCP 443 +denied → allowed +NetworkPolicy\/b\/deny"\];x isolates ingress: deny → NetworkPolicy\/b\/allow ingress\[0\]: allow\n$/,
  )
})

test('nothing that changes is a table without lines', () => {
  expect(reachDiffTable(diffReach(network(deny), network(deny)), options)).toMatch(/^CHANGE.*\n$/)
})

test('wide names every policy', () => {
  const twice = diffReach(network(), network(deny, { ...deny, metadata: { ...deny.metadata, name: 'more' } }), query)
  expect(reachDiffTable(twice, options)).toContain('(+1 more)')
  expect(reachDiffTable(twice, { wide: true, width: undefined })).toMatch(/more isolates ingress: deny/)
})

test('a diagram has an arrow of its own for each kind of change, and only the groups that are touched', () => {
  expect(reachDiffMermaid(cut)).toMatch(
    /^flowchart LR\n {2}g\d+\["pod b\/web"\]\n {2}g\d+\["203\.0\.113\.0\/24"\]\n {2}g\d+ --x\|"cut: TCP 443"\| g\d+\n$/,
  )
  expect(reachDiffMermaid(opened)).toContain('==>|"opened: TCP 443"|')
})

test('a page gets what was before and what is after', () => {
  const { data, leftOut } = reachPageData(cut)
  expect(leftOut).toBe(0)
  expect(data.kinds.map(({ name }) => name)).toEqual(['opened', 'unclear', 'cut'])
  expect(data.by).toEqual(['after: NetworkPolicy/b/deny"];x isolates ingress: deny'])
  expect(data.connections).toEqual([[2, 0, [0], 0]])
  expect(data.ports).toEqual(['TCP 443'])
})

test('JSON is the report itself', () => {
  expect(JSON.parse([...toJson(cut)].join(''))).toMatchObject({
    kind: 'ReachDiffReport',
    rows: [{ changes: [{ change: 'cut', before: 'allowed', after: 'denied' }] }],
  })
})
