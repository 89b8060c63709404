import type { Finding } from './agents.ts'
import type { Raw } from './decode-parts.ts'
import { fieldsOf, flagOf, textIn, textsIn } from './loose.ts'

/**
 * What k3s does on its nodes: its policy controller is part of its own process, so that no pod shows it. Servers write what they
 * were started with into an annotation, and one `--disable-network-policy` counts for all (docs.k3s.io, Networking Services).
 */
export function k3sOn(nodes: readonly Raw[]): Map<Raw, Finding[]> {
  const ours = nodes.filter((node) => versionOf(node).includes('+k3s'))
  const servers = ours.map(argsOf).filter(([command]) => command === 'server')
  const off = servers.some((args) => (flagOf(args, 'disable-network-policy') ?? 'false') !== 'false')
  const finding: Finding =
    servers.length === 0
      ? { agent: 'k3s', enforced: 'unknown', why: 'whether k3s runs its policy controller is written on no node' }
      : off
        ? { agent: 'k3s', enforced: 'no', why: 'k3s runs with --disable-network-policy' }
        : { agent: 'k3s', enforced: 'yes', why: 'k3s runs its own policy controller' }
  return new Map(ours.map((node) => [node, [finding]]))
}

function versionOf(node: Raw): string {
  return textIn(fieldsOf(fieldsOf(node['status'])['nodeInfo'])['kubeletVersion'])
}

function argsOf(node: Raw): string[] {
  try {
    return textsIn(JSON.parse(textIn(fieldsOf(fieldsOf(node['metadata'])['annotations'])['k3s.io/node-args'])))
  } catch {
    return []
  }
}
