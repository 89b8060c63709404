import type { ApiResource } from '../cluster/discovery.ts'
import { record, stringList, text } from './decode.ts'

/** What a CustomResourceDefinition would add to discovery; throws ShapeError. */
export function decodeCustomResource(raw: Record<string, unknown>): ApiResource {
  const spec = record(raw['spec'], 'spec')
  const names = record(spec['names'], 'spec.names')
  const plural = text(names['plural'], 'spec.names.plural')
  const kind = text(names['kind'], 'spec.names.kind')
  const versions = Array.isArray(spec['versions']) ? (spec['versions'] as unknown[]) : []
  const named = versions.filter((version): version is { name: string } & Record<string, unknown> => {
    return typeof version === 'object' && version !== null && typeof (version as { name?: unknown }).name === 'string'
  })
  const subresources = named.flatMap(({ subresources: declared }) => Object.keys(declared ?? {}))
  return {
    group: text(spec['group'], 'spec.group'),
    version: named[0]?.name ?? '',
    resource: plural,
    singular: typeof names['singular'] === 'string' ? names['singular'] : kind.toLowerCase(),
    kind,
    shortNames: stringList(names['shortNames'], 'spec.names.shortNames'),
    namespaced: spec['scope'] !== 'Cluster',
    verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'],
    subresources: [...new Set(subresources)].filter((entry) => entry === 'status' || entry === 'scale'),
  }
}
