import { encodePart } from '../bundle/path-name.ts'
import { type Change, type Json, type PatchChange, planLabel } from '../change/plan.ts'
import { manifestYaml } from './manifest-yaml.ts'

/** A file below the folder that was asked for; no part of its name is as a cluster has it unless it is harmless. */
export type ManifestFile = { path: string; text: string }

type Body = { [key: string]: Json }

/**
 * The objects of a lockdown as manifests for Git, with a kustomization.yaml that names them; pure, and the same lockdown gives the same bytes.
 * What is changed of others' objects is written as the fields alone, as `kubectl apply` merges them. `left`: changes that no manifest can
 * make, in words.
 */
export function manifestFiles(changes: readonly Change[]): { files: ManifestFile[]; left: string[] } {
  const left: string[] = []
  const files = changes.flatMap((change): ManifestFile[] => {
    const body = change.do === 'create' ? bare(change.body) : change.do === 'patch' ? fieldsOf(change) : undefined
    const { kind, name, namespace } = change.ref
    if (!body) {
      left.push(`${change.why} (${kind} ${name})`)
      return []
    }
    const folder = encodePart(namespace ?? (kind === 'Namespace' ? name : '_cluster'))
    const file = encodePart(kind === 'Namespace' ? 'namespace' : `${kind.toLowerCase()}-${name}`)
    return [
      {
        path: `${folder}/${file}.yaml`,
        text: `# ${change.why.replaceAll(/[^\x20-\x7e]/g, '?')}\n${manifestYaml(body)}`,
      },
    ]
  })
  if (files.length === 0) return { files, left }
  const resources = files.map(({ path }) => path).toSorted()
  const kustomization = { apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources }
  return { files: [{ path: 'kustomization.yaml', text: manifestYaml(kustomization) }, ...files], left }
}

// The mark of a plan is for what a run made: what Git has is nobody's run.
function bare({ apiVersion, kind, metadata, ...rest }: Body): Body {
  const { labels, annotations, name, namespace } = metadata as { [key: string]: Json }
  const kept = Object.entries((labels ?? {}) as { [key: string]: Json }).filter(([key]) => key !== planLabel)
  return {
    apiVersion: apiVersion ?? null,
    kind: kind ?? null,
    metadata: {
      name: name ?? null,
      ...(namespace === undefined ? {} : { namespace }),
      ...(kept.length > 0 ? { labels: Object.fromEntries(kept) } : {}),
      ...(annotations === undefined ? {} : { annotations }),
    },
    ...rest,
  }
}

/** The fields that a patch sets, as an object; undefined where it takes something away. */
function fieldsOf({ ref, edits }: PatchChange): Body | undefined {
  const { apiVersion, kind, name, namespace } = ref
  const metadata: Body = { name, ...(namespace === undefined ? {} : { namespace }) }
  let body: Body = { apiVersion, kind, metadata }
  for (const edit of edits) {
    if ('item' in edit || edit.after === undefined) return undefined
    body = withField(body, edit.path, edit.after)
  }
  return body
}

function withField(object: Body, [key = '', ...rest]: string[], value: Json): Body {
  const found = Object.hasOwn(object, key) ? object[key] : undefined
  const inner = typeof found === 'object' && found !== null && !Array.isArray(found) ? found : {}
  return { ...object, [key]: rest.length === 0 ? value : withField(inner, rest, value) }
}
