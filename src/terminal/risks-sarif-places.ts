import { groupVersions } from './risks-sarif-kinds.ts'
import type { Finding } from '../risks/finding.ts'
import { escapeCell } from '../text/terminal.ts'

/** Where an object stands in the manifests, by kind, namespace and name; undefined where it does not. */
export type Places = (
  kind: string,
  namespace: string | undefined,
  name: string,
) => { file: string; line: number } | undefined

type Ref = { kind: string; namespace?: string | undefined; name: string }

/**
 * Where a finding is: file and line of the manifest, or the object's path in the API. GitHub refuses a whole file of results for one that has but a
 * logical location, so every one has an address too.
 */
export function locationOf(finding: Finding, places: Places): object {
  const ref = refOf(finding)
  const { location = places(ref.kind, ref.namespace, ref.name) ?? roleOf(finding, places) } = finding
  const parts = [ref.kind, ...(ref.namespace === undefined ? [] : [ref.namespace]), ref.name].map(escapeCell)
  return {
    physicalLocation: location
      ? { artifactLocation: { uri: uriOf(location.file) }, region: { startLine: location.line } }
      : { artifactLocation: { uri: apiPath(ref), uriBaseId: 'API' } },
    logicalLocations: [{ name: escapeCell(ref.name), fullyQualifiedName: parts.join('/'), kind: 'resource' }],
  }
}

// Of rights, the binding that gives them is what is to be changed.
function refOf({ object, grants: [grant], subject }: Finding): Ref {
  return object ?? grant?.binding ?? subject ?? { kind: 'Cluster', name: 'cluster' }
}

// Manifests may have the role and not the binding.
function roleOf({ grants: [grant] }: Finding, places: Places) {
  if (!grant) return undefined
  const { kind, name } = grant.roleRef
  return places(kind, kind === 'Role' ? grant.binding.namespace : undefined, name)
}

function uriOf(file: string): string {
  return file.split('/').map(encodeURIComponent).join('/')
}

function apiPath({ kind, namespace, name }: Ref): string {
  const groupVersion = groupVersions[kind]
  const base =
    groupVersion === undefined ? 'other' : groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`
  const at = namespace === undefined ? [] : ['namespaces', segment(namespace)]
  return [base, ...at, pluralOf(kind), segment(name)].join('/')
}

function pluralOf(kind: string): string {
  const word = segment(kind.toLowerCase())
  return /(?:s|x|ch)$/.test(word) ? `${word}es` : word.replace(/y$/, 'ie').concat('s')
}

// A segment of dots would be taken for a way up.
function segment(text: string): string {
  const escaped = wellFormed(text)
  return /^\.{1,2}$/.test(escaped) ? escaped.replaceAll('.', '%2E') : escaped
}

function wellFormed(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}
