import { describe, expect, test } from 'vitest'
import { worldOf } from '../../../src/network/decode-world.ts'
import { diffReach } from '../../../src/network/diff-reach.ts'
import type { Enforcer } from '../../../src/network/model.ts'
import { networkOf } from '../../../src/network/network.ts'
import { reach } from '../../../src/network/reach.ts'
import type { ReachReport } from '../../../src/network/reach-report.ts'
import { cast, networkPolicy, pod } from './make.ts'

const network = (policies: object[], by: Enforcer = 'conformant', objects: object[] = cast) =>
  networkOf(worldOf([...objects, ...policies], { enforcer: by }))
const isolateWeb = networkPolicy('a', {
  podSelector: { matchLabels: { app: 'web' } },
  policyTypes: ['Ingress', 'Egress'],
  ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }],
})

/** `a/db > a/web: allowed TCP 8080`, one line a pair and answer. */
function lines({ groups, rows }: Pick<ReachReport, 'groups' | 'rows'>): string[] {
  const names = new Map(groups.map(({ id, members, ranges }) => [id, [...members, ...ranges].join(' & ')]))
  return rows.flatMap(({ from, to, where, connections }) =>
    to.flatMap((id) =>
      connections.map(({ verdict, traffic }) => {
        const ports = traffic.map(
          (entry) =>
            `${entry.protocol} ${entry.ports.map((range) => (range.from === range.to ? range.from : `${range.from}-${range.to}`)).join()}`,
        )
        return `${names.get(from)} > ${names.get(id)}${where ? ` (${where})` : ''}: ${verdict} ${ports.join(' ')}`
      }),
    ),
  )
}

describe('reach', () => {
  test('to one pod: who, by which ports, and which policy says so', () => {
    const report = reach(network([isolateWeb]), { to: { kind: 'pod', namespace: 'a', name: 'web' }, protocol: 'TCP' })
    expect(report).toMatchObject({
      apiVersion: 'kubectl-secure.github.io/v1',
      kind: 'ReachReport',
      enforcer: 'conformant',
      complete: true,
      gaps: [],
      notes: [],
    })
    expect(lines(report)).toContain('pod a/db > pod a/web: denied TCP 1-8079,8081-65535')
    expect(lines(report)).toContain('pod a/db > pod a/web: allowed TCP 8080')
    const [own, other] = [
      lines(report).find((line) => line.includes('own-node')),
      lines(report).find((line) => line.includes('other-nodes')),
    ]
    expect(own).toMatch(/node n1.*allowed TCP 1-65535/)
    expect(other).toMatch(/denied TCP 1-65535/)
    const connections = report.rows.flatMap((row) => row.connections)
    expect(connections.find(({ by }) => by.some(({ rule }) => rule))?.by).toMatchObject([
      {
        policy: { kind: 'NetworkPolicy', namespace: 'a', name: 'policy' },
        direction: 'ingress',
        tier: 'default',
        rule: { at: 'ingress[0]' },
      },
    ])
  })

  test('a question for one port, and for some verdicts only', () => {
    const one = { to: { kind: 'pod', namespace: 'a', name: 'web' }, protocol: 'TCP', port: 8080 } as const
    expect(lines(reach(network([isolateWeb]), one))).toContain('pod a/db > pod a/web: allowed TCP 8080')
    const closed = lines(reach(network([isolateWeb]), { ...one, verdicts: ['denied'] }))
    expect(closed.every((line) => line.includes('denied'))).toBe(true)
    expect(closed.some((line) => line.startsWith('0.0.0.0/0'))).toBe(true)
  })

  test('to addresses: only those that the question or a policy tells apart are apart', () => {
    const block = networkPolicy('a', {
      podSelector: {},
      policyTypes: ['Egress'],
      egress: [{ to: [{ ipBlock: { cidr: '203.0.113.0/24' } }] }],
    })
    const report = reach(network([block]), {
      from: { kind: 'namespace', namespace: 'a' },
      to: { kind: 'cidr', cidr: '203.0.112.0/23' },
      protocol: 'UDP',
    })
    expect(lines(report)).toEqual([
      'pod a/web & pod a/db > 203.0.112.0/24: denied UDP 1-65535',
      'pod a/web & pod a/db > 203.0.113.0/24: allowed UDP 1-65535',
    ])
  })

  test('replicas are one group', () => {
    const replicas = Array.from({ length: 30 }, (_, index) => pod(`a/r${index}`, `10.2.0.${index}`, { app: 'r' }))
    const { groups } = reach(network([isolateWeb], 'conformant', [...cast, ...replicas]), {})
    expect(groups.find(({ members }) => members.includes('pod a/r7'))?.members.length).toBeGreaterThanOrEqual(30)
  })

  test('what could not be read makes it incomplete, and pods left out are counted', () => {
    const ended = { ...pod('a/done', '10.0.0.7'), status: { phase: 'Failed', podIP: '10.0.0.7' } }
    const waiting = { ...pod('a/new', []), status: { phase: 'Pending' } }
    const report = reach(network([networkPolicy('a', { podSelector: 7 })], 'conformant', [...cast, ended, waiting]), {})
    expect(report).toMatchObject({ complete: false, gaps: [{ what: 'NetworkPolicy a/policy' }] })
    expect(report.notes).toEqual(['1 pods have ended and are left out', '1 pods have no address yet and are left out'])
    expect(JSON.stringify(report.groups)).not.toContain('a/done')
  })

  test('pods of a namespace with a network of its own are not simply reachable', () => {
    const own = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'own', labels: { 'k8s.ovn.org/primary-user-defined-network': '' } },
    }
    const objects = [...cast, own, pod('own/one', '10.3.0.1'), pod('own/two', '10.3.0.2')]
    const report = reach(network([], 'conformant', objects), {
      to: { kind: 'namespace', namespace: 'own' },
      protocol: 'TCP',
    })
    expect(lines(report)).toContain('pod own/one & pod own/two > pod own/one & pod own/two: allowed TCP 1-65535')
    expect(
      lines(report)
        .filter((line) => line.startsWith('pod a/web'))
        .join(),
    ).toMatch(/unknown/)
  })
})

describe('what a change opens and cuts', () => {
  const changes = (before: object[], after: object[], objects = cast) => {
    const report = diffReach(network(before), network(after, 'conformant', objects), { protocol: 'TCP', port: 80 })
    const names = new Map(report.groups.map(({ id, members, ranges }) => [id, [...members, ...ranges].join(' & ')]))
    return report.rows.flatMap(({ from, to, where, changes }) =>
      to.flatMap((id) =>
        changes.map(({ change }) => `${change}: ${names.get(from)} > ${names.get(id)}${where ? ` (${where})` : ''}`),
      ),
    )
  }

  test('a deny policy cuts, taking it away opens, and nothing else is said', () => {
    const deny = networkPolicy('b', { podSelector: {}, policyTypes: ['Ingress'] })
    const cut = changes([], [deny])
    expect(cut.length).toBeGreaterThan(0)
    expect(cut.every((line) => line.startsWith('cut: ') && line.includes('> pod b/web'))).toBe(true)
    expect(changes([deny], []).map((line) => line.replace('opened', 'cut'))).toEqual(cut)
    expect(changes([deny], [deny])).toEqual([])
  })

  test('a label taken away can open what selected its absence', () => {
    const db = networkPolicy('a', {
      podSelector: { matchLabels: { app: 'db' } },
      ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: 'app', operator: 'DoesNotExist' }] } }] }],
    })
    const stripped = cast.map((object) =>
      object.metadata.name === 'web' && 'spec' in object
        ? { ...object, metadata: { ...object.metadata, labels: {} } }
        : object,
    )
    expect(changes([db], [db], stripped)).toEqual(['opened: pod a/web > pod a/db'])
  })

  test('pods that come or go are left out and counted', () => {
    const more = [...cast, pod('a/new', '10.0.0.3')]
    const report = diffReach(network([]), network([], 'conformant', more))
    expect(report).toMatchObject({
      kind: 'ReachDiffReport',
      rows: [],
      notes: ['1 pods or nodes are there only after the change and are left out'],
    })
    expect(diffReach(network([], 'conformant', more), network([])).notes).toEqual([
      '1 pods or nodes are there only before the change and are left out',
    ])
  })
})
