import { SecureError } from '../../errors.ts'
import type { EndFilter } from '../../network/reach-report.ts'
import type { Pinned } from '../model.ts'
import { question } from './define.ts'
import { gapOutputs, told } from './gaps.ts'
import { may, policyTypes } from './rights.ts'

const forms = 'a pinned pod, namespace or node'

export const reach = question({
  name: 'reach',
  summary: 'Whether one can connect to another, by the policies that are there now',
  with: {
    from: { type: 'object', about: `${forms}; without it fromAddress` },
    fromAddress: { type: 'string', about: 'an address, a CIDR, or world' },
    to: { type: 'object', about: `${forms}; without it toAddress` },
    toAddress: { type: 'string', about: 'an address, a CIDR, or world' },
    port: { type: 'string', about: '443, 53/udp or tcp; without it any' },
  },
  outputs: {
    verdict: { type: 'string', about: 'allowed (some of it), unknown, or denied (all of it)' },
    open: { type: 'list', about: 'what is not denied: verdict, reason and traffic of each' },
    enforced: { type: 'string', about: 'whether somebody carries policies out: yes, partly, no, unknown' },
    ...gapOutputs,
  },
  rights: () => [
    ...may('list', 'pods namespaces'),
    ...may('list', policyTypes, { optional: true }),
    ...may('list', 'nodes', { optional: true }),
  ],
  async ask({ engine: { cluster } }, { from, fromAddress, to, toAddress, port }) {
    const [
      { networkObjectsFromCluster },
      { enforcementOf },
      { worldOf },
      { networkOf },
      { streamReach },
      { parsePort },
    ] = await Promise.all([
      import('../../snapshot/network-objects.ts'),
      import('../../network/enforcer.ts'),
      import('../../network/decode-world.ts'),
      import('../../network/network.ts'),
      import('../../network/reach.ts'),
      import('../../network/end-text.ts'),
    ])
    const query = {
      from: await endOf('from', from, fromAddress),
      to: await endOf('to', to, toAddress),
      ...(port !== undefined && parsePort(port)),
    }
    const found = await networkObjectsFromCluster(cluster, () => {})
    const { enforcer, enforced } = enforcementOf(found.objects, found)
    const world = worldOf(found.objects, { enforcer, unread: found.unread })
    world.gaps.push(...found.gaps)
    const { rows, gaps, groups } = streamReach(networkOf(world), query)
    const connections = Array.from(rows, ({ connections: some }) => some).flat()
    // Nobody of that name is there: that nothing is open says nothing then.
    const isSeen = groups.length > 0 && connections.length > 0
    const open = connections.filter(({ verdict }) => verdict !== 'denied')
    const isAllowed = open.some(({ verdict }) => verdict === 'allowed')
    return {
      verdict: isAllowed ? 'allowed' : open.length > 0 || !isSeen ? 'unknown' : 'denied',
      open: open.slice(0, 50).map(({ verdict, reason, traffic }) => ({
        verdict,
        reason,
        traffic: traffic.map(
          ({ protocol, ports }) => `${protocol} ${ports.map(({ from: low, to: high }) => `${low}-${high}`).join(',')}`,
        ),
      })),
      enforced,
      ...told(gaps),
    }
  },
})

async function endOf(what: string, pin: Pinned | undefined, address: string | undefined): Promise<EndFilter> {
  if ((pin === undefined) === (address === undefined))
    throw new SecureError('usage', `reach needs either ${what}, or ${what}Address`)
  if (address !== undefined) {
    const { parseEnd } = await import('../../network/end-text.ts')
    const end = parseEnd(address)
    if (end?.kind === 'cidr' || end?.kind === 'external') return end
    throw new SecureError('usage', `${what}Address: ${address} is no address, no CIDR and not world`)
  }
  const { kind, namespace = '', name } = pin as Pinned
  if (kind === 'Pod') return { kind: 'pod', namespace, name }
  if (kind === 'Namespace') return { kind: 'namespace', namespace: name }
  if (kind === 'Node') return { kind: 'node', name }
  throw new SecureError('usage', `${what} is ${forms}, not a ${kind}`)
}
