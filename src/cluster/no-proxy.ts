import { BlockList, isIP } from 'node:net'

/**
 * Whether NO_PROXY excludes a host: `*`, an address, a CIDR range, or a domain with those below it, each with an optional port.
 * Rule: Go's golang.org/x/net/http/httpproxy.
 */
export function isExcluded(noProxy: string, host: string, port: number): boolean {
  const wanted = host.toLowerCase()
  return noProxy
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .some((entry) => entry !== '' && matches(entry, wanted, port))
}

function matches(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true
  const range = /^(.+)\/(\d+)$/.exec(entry)
  if (range) return inRange(host, range[1] ?? '', Number(range[2]))
  const own = splitPort(entry)
  const { name } = own
  if (name === '' || (own.port !== '' && own.port !== String(port))) return false
  if (isIP(name) > 0) return isIP(host) > 0 && inRange(host, name, isIP(name) === 4 ? 32 : 128)
  if (isIP(host) > 0) return false
  const domain = name.startsWith('*.') ? name.slice(1) : name
  return domain.startsWith('.') ? host.endsWith(domain) : host === domain || host.endsWith(`.${domain}`)
}

function inRange(host: string, address: string, bits: number): boolean {
  const family = isIP(address) === 4 ? 'ipv4' : 'ipv6'
  if (isIP(address) === 0 || isIP(host) === 0 || bits > (family === 'ipv4' ? 32 : 128)) return false
  // Node counts every IPv4 address as inside ::/0, Go does not.
  if (family === 'ipv6' && isIPv4(host) && !isIPv4(address)) return false
  const list = new BlockList()
  list.addSubnet(address, bits, family)
  return list.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6')
}

function isIPv4(address: string): boolean {
  return isIP(address) === 4 || address.startsWith('::ffff:')
}

function splitPort(entry: string): { name: string; port: string } {
  const bracketed = /^\[(.*)\]:(\d*)$/.exec(entry)
  if (bracketed) return { name: bracketed[1] ?? '', port: bracketed[2] ?? '' }
  const [name = '', port = '', ...more] = entry.split(':')
  return more.length === 0 ? { name, port } : { name: entry, port: '' }
}
