import { parseAddress } from '../../network/address.ts'
import { metaOf, type Raw, specOf, textAt } from '../../isolation/raw.ts'
import type { End } from '../model.ts'
import type { Ports } from './ends.ts'
import type { Ground } from './ground.ts'
import { cidrsOf } from './hosts.ts'
import type { Mention } from './mentions.ts'
import { type Target, targetsOf } from './services.ts'

/** What a name stands for, seen from a namespace. */
export type Meaning = { service: Raw; targets: Target[] } | { outside: End; ports: Ports } | { missing: string }

/** Where clients of well-known protocols go when no port is given. */
const schemePorts: Record<string, number> = {
  amqp: 5672,
  amqps: 5671,
  http: 80,
  https: 443,
  kafka: 9092,
  ldap: 389,
  ldaps: 636,
  mongodb: 27_017,
  mysql: 3306,
  nats: 4222,
  postgres: 5432,
  postgresql: 5432,
  redis: 6379,
  rediss: 6379,
  ws: 80,
  wss: 443,
}

/** What a mention stands for in a namespace; undefined where it names nobody that one could connect to. */
export function meaningOf(ground: Ground, mention: Mention, namespace: string): Meaning | undefined {
  if (mention.how === 'variable') {
    const service = serviceOfVariable(ground, mention.host, namespace)
    return service && { service, targets: targetsOf(ground, service) }
  }
  if (parseAddress(mention.host)) return addressed(ground, mention)
  const labels = mention.host.split('.')
  const [first = '', second = '', third = '', fourth] = labels
  if (labels.length === 1) {
    const service = mention.how === 'word' ? undefined : ground.service(namespace, first)
    return service && serviceMeaning(ground, service, mention)
  }
  const isName = (at: number) => labels.length === at || labels[at] === 'svc'
  const named =
    (isName(2) ? ground.service(second, first) : undefined) ??
    // A pod of a headless Service: db-0.db, db-0.db.shop.
    (labels.length === 2 ? ground.service(namespace, second) : undefined) ??
    (isName(3) && third !== 'svc' ? ground.service(third, second) : undefined)
  if (named) return serviceMeaning(ground, named, mention)
  if (third === 'svc' || fourth === 'svc') return { missing: mention.host }
  return outside(mention)
}

function serviceMeaning(ground: Ground, service: Raw, mention: Mention): Meaning | undefined {
  const external = textAt(specOf(service), 'externalName')
  if (textAt(specOf(service), 'type') !== 'ExternalName')
    return { service, targets: targetsOf(ground, service, portOf(mention)) }
  // An alias: of a Service, perhaps, but never of another alias, which could go round in a circle.
  const behind = meaningOf(
    aliasFree(ground),
    { ...mention, host: external.toLowerCase(), how: 'url' },
    metaOf(service).namespace,
  )
  return behind ?? outside({ ...mention, host: external.toLowerCase(), how: 'url' })
}

function aliasFree(ground: Ground): Ground {
  return {
    ...ground,
    service(namespace, name) {
      const found = ground.service(namespace, name)
      return found && textAt(specOf(found), 'type') !== 'ExternalName' ? found : undefined
    },
  }
}

function addressed(ground: Ground, mention: Mention): Meaning | undefined {
  const { host, how, port, scheme } = mention
  if (how === 'word' || isNowhere(host)) return undefined
  const service = ground.serviceAt(host)
  if (service) return { service, targets: targetsOf(ground, service, port) }
  const number = portOf(mention)
  // Nothing says which protocol it is unless there is a URL.
  const protocols =
    scheme === undefined ? (['TCP', 'UDP'] as const) : [scheme === 'udp' ? ('UDP' as const) : ('TCP' as const)]
  const ports = number === undefined ? [] : protocols.map((protocol) => ({ protocol, port: number }))
  return { outside: { kind: 'block', cidrs: cidrsOf([host]), name: host }, ports }
}

/** A host outside by its DNS name. Names of files and classes look alike: without a port or a URL it is none. */
function outside(mention: Mention): Meaning | undefined {
  const { host, how } = mention
  const top = host.slice(host.lastIndexOf('.') + 1)
  const isHost = host.includes('.') && !host.includes('..') && /^[a-z][a-z\d-]+$/.test(top) && !host.includes('_')
  if (!isHost || (how !== 'url' && mention.port === undefined)) return undefined
  const port = portOf(mention)
  const protocol = mention.scheme === 'udp' ? 'UDP' : 'TCP'
  return { outside: { kind: 'unnamed', name: host }, ports: port === undefined ? [] : [{ protocol, port }] }
}

function portOf({ port, scheme }: Mention): number | undefined {
  if (port !== undefined) return port
  return scheme !== undefined && Object.hasOwn(schemePorts, scheme) ? schemePorts[scheme] : undefined
}

function serviceOfVariable(ground: Ground, prefix: string, namespace: string): Raw | undefined {
  // Services with an `_` in it there are none; so the way back is clear.
  const name = prefix.toLowerCase().replaceAll('_', '-')
  return ground.service(namespace, name) ?? (name === 'kubernetes' ? ground.service('default', name) : undefined)
}

/** Addresses to listen on, or that no host has. */
function isNowhere(host: string): boolean {
  const address = parseAddress(host)
  if (!address) return true
  const { family, value } = address
  if (family === 6) return value <= 1n || value >> 120n === 0xffn
  const first = value >> 24n
  return first === 0n || first === 127n || first >= 224n
}
