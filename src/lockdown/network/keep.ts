import { isPod } from './ends.ts'
import type { Allow, End, Need } from '../model.ts'
import { allowText, parseAllow } from './allow.ts'
import { apiName } from './control-plane.ts'
import { dnsName } from './dns.ts'
import type { Ground } from './ground.ts'
import { apiService } from './uses.ts'

const mostFlags = 4
/** In place of who cannot be named. */
const placeholder = 'PEER'

/** The flags that would let a need through; undefined where none can. What cannot be named is left to be filled in. */
export function keepOf(ground: Ground, { from, to, ports }: Need): string | undefined {
  const isEgress = isOwn(ground, from)
  const [own, other] = isEgress ? [from, to] : [to, from]
  const workload = workloadIn(ground, own)
  const head = { direction: isEgress ? 'egress' : 'ingress', ...(workload === undefined ? {} : { workload }) } as const
  const given = ports.flatMap(({ protocol, port, endPort }) =>
    typeof port === 'number' && endPort === undefined ? [{ protocol, port }] : [],
  )
  const choices = given.length === ports.length && given.length <= mostFlags ? given : []
  const flags = peersOf(other).flatMap((peer) => {
    // Where these two listen is looked up.
    const isKnown = isEgress && (peer.kind === 'api' || peer.kind === 'dns')
    const all = isKnown || choices.length === 0 ? [{}] : choices
    return all.map((traffic) => allowText({ ...head, peer: { ...peer, ...traffic } }))
  })
  return flags.length > 0 && flags.length <= mostFlags && flags.every(isPlain)
    ? flags.map((flag) => `--allow ${flag}`).join(' ')
    : undefined
}

function peersOf(end: End): Allow['peer'][] {
  if (end.kind === 'block' && (end.name === apiName || end.name === `Service ${apiService}`)) return [{ kind: 'api' }]
  if ((end.kind === 'block' || end.kind === 'pods') && end.name === dnsName) return [{ kind: 'dns' }]
  switch (end.kind) {
    case 'block':
      return end.cidrs.map((cidr) => ({ kind: 'cidr', cidr }))
    case 'namespace':
      return [{ kind: 'pods', namespace: end.namespace, labels: {} }]
    case 'pods':
      // Of a selector with expressions only the namespace can be said.
      return [
        {
          kind: 'pods',
          namespace: end.namespace,
          labels: end.selector.matchExpressions.length > 0 ? {} : end.selector.matchLabels,
        },
      ]
    case 'anyone':
      return [{ kind: 'cidr', cidr: '0.0.0.0/0' }]
    case 'unnamed':
      return [{ kind: 'cidr', cidr: placeholder }]
  }
}

function isOwn({ namespace }: Ground, end: End): boolean {
  return (end.kind === 'pods' || end.kind === 'namespace') && end.namespace === namespace
}

/** The one workload that an end means; undefined where it means more. */
export function workloadIn({ workloads, namespace }: Ground, end: End): string | undefined {
  if (end.kind !== 'pods') return undefined
  const meant = workloads.filter(({ labels }) => isPod(end, namespace, labels))
  const [only] = meant
  return meant.length === 1 && only ? `${only.ref.kind}/${only.ref.name}` : undefined
}

// It is there to be pasted into a shell: names come from files too, where they may be anything.
function isPlain(flag: string): boolean {
  if (!/^[\w./:,=@[\]-]+$/.test(flag)) return false
  try {
    parseAllow(flag.replace(placeholder, '192.0.2.1'))
    return true
  } catch {
    return false
  }
}
