import { child, fieldText, type Node, type Path, pathOf, text } from './field.ts'

export type Volume = {
  path: Path
  name: string
  /** The fields that say where it comes from: one, unless the API server would not take it. */
  sources: string[]
}

/** The sources that no check minds. */
export const plainSources: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

/** The others that Kubernetes has or had, in the order in which the check names one of several. */
export const otherSources: readonly string[] = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
]

export function readVolume(node: Node): Volume {
  const path = pathOf(node)
  const name = text(node, 'name') ?? ''
  const known: string[] = []
  const unknown: string[] = []
  for (const key in node.raw) {
    if (key === 'name') continue
    if (!knownSources.has(key)) unknown.push(key)
    else if (child(node, key)) known.push(key)
  }
  if (known.length > 1) {
    const message = `${fieldText(path)} has more than one source: ${known.join(', ')}`
    node.malformed.push({ path, message })
  }
  if (known.length > 0) return { path, name, sources: known }
  // Without any the API server makes it an emptyDir. Of a field that is not known here, a newer server may make something else.
  return { path, name, sources: unknown.length > 0 ? unknown : ['emptyDir'] }
}

const knownSources: ReadonlySet<string> = new Set([...plainSources, ...otherSources])
