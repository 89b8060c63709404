import { encodePart } from '../bundle/path-name.ts'
import { escapeHostile } from '../text/json.ts'
import { editsWithin } from '../workload/pod-security/edit.ts'
import { jsonPatch } from '../workload/pod-security/json-patch.ts'
import { strategicMerge } from '../workload/pod-security/strategic-merge.ts'
import { manifestYaml } from './manifest-yaml.ts'
import type { JudgedWorkload } from './pods.ts'

/** A file below the folder that was asked for, its name made here: no part of it is as a cluster has it unless it is harmless. */
export type PatchFile = { path: string; text: string }

/**
 * What lets the workloads of one namespace pass, as files: for each a strategic merge patch (`.yaml`) and the same as a JSON Patch (`.json`),
 * and a kustomize Component of the former in a folder of the namespace, to be named under `components:`. Nothing is said of what
 * something else manages, whose template is the one to change, nor of what no edit helps.
 */
export function patchFiles(namespace: string, judged: readonly JudgedWorkload[]): PatchFile[] {
  const folder = encodePart(namespace)
  const found = judged.flatMap((one) => {
    const { raw, template, violations } = one
    const edits = editsWithin(
      template.prefix,
      violations.flatMap(({ fix }) => fix?.edits ?? []),
    )
    const merge = template.controller ? undefined : strategicMerge(raw, edits)
    if (!merge) return []
    const name = encodePart(`${template.kind.toLowerCase()}-${template.name}`)
    const ops = `${escapeHostile(JSON.stringify(jsonPatch(raw, edits), null, 2))}\n`
    return [
      { path: `${folder}/${name}.yaml`, text: `${headOf(one)}${manifestYaml(merge)}` },
      { path: `${folder}/${name}.json`, text: ops },
    ]
  })
  if (found.length === 0) return []
  const patches = found
    .filter(({ path }) => path.endsWith('.yaml'))
    .map(({ path }) => ({ path: path.slice(folder.length + 1) }))
  const component = { apiVersion: 'kustomize.config.k8s.io/v1alpha1', kind: 'Component', patches }
  return [{ path: `${folder}/kustomization.yaml`, text: manifestYaml(component) }, ...found]
}

function headOf({ violations }: JudgedWorkload): string {
  const lines = violations.map(({ reason, fix }) => {
    const how = !fix
      ? 'no edit helps: it is for you to change'
      : fix.risky
        ? 'takes away what the pod asks for: try it first'
        : 'forbids only what nobody asks for'
    return `# ${reason}: ${how}`
  })
  // A comment ends with its line, and what is in it came from a cluster.
  return `${lines.map((line) => line.replaceAll(/[^\x20-\x7e]/g, '?')).join('\n')}\n`
}
