import { flag, isUnset, items, optionalText, record, text } from './decode.ts'

type Raw = Record<string, unknown>
/** What a volume puts before a container: a path of the node, the volume of a claim, or neither. */
export type PodVolume = {
  path?: string
  claim?: string
  readOnly: boolean
  /** Names of secrets whose content it holds. */
  secrets: string[]
  /** Whether it holds a token that the API server takes. */
  token: boolean
  /** Names of secrets that its driver is given on the node. */
  nodeSecrets: string[]
}

const nothing: Raw = {}

/** The volumes of a pod by name; throws ShapeError. */
export function podVolumes(spec: Raw): Map<string, PodVolume> {
  return new Map(
    items(spec['volumes'], 'spec.volumes', (raw, field) => [text(raw['name'], `${field}.name`), volume(raw, field)]),
  )
}

function volume(raw: Raw, field: string): PodVolume {
  // A volume is of one kind: all others are not there.
  const part = (key: string): Raw => (isUnset(raw[key]) ? nothing : record(raw[key], `${field}.${key}`))
  const found: PodVolume = { readOnly: false, secrets: [], token: false, nodeSecrets: [] }
  const path = optionalText(part('hostPath')['path'], `${field}.hostPath.path`)
  if (path !== undefined) found.path = path
  const { claimName, readOnly } = part('persistentVolumeClaim')
  const claim = optionalText(claimName, `${field}.persistentVolumeClaim.claimName`)
  if (claim !== undefined) found.claim = claim
  found.readOnly = flag(readOnly, `${field}.persistentVolumeClaim.readOnly`)
  const add = (list: string[], name: unknown, where: string) => {
    const named = optionalText(name, where)
    if (named) list.push(named)
  }
  add(found.secrets, part('secret')['secretName'], `${field}.secret.secretName`)
  items(part('projected')['sources'], `${field}.projected.sources`, (source, at) => {
    add(found.secrets, record(source['secret'] ?? {}, `${at}.secret`)['name'], `${at}.secret.name`)
    const { serviceAccountToken: token } = source
    if (token === undefined || token === null) return
    const { audience } = record(token, `${at}.serviceAccountToken`)
    if (isApiServers(optionalText(audience, `${at}.serviceAccountToken.audience`))) found.token = true
  })
  // Those that kubelets get for drivers: VisitPodSecretNames in kubernetes' pkg/api/v1/pod/util.go.
  for (const key of ['cephfs', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'].filter((one) => one in raw))
    add(found.nodeSecrets, record(part(key)['secretRef'] ?? {}, `${field}.${key}.secretRef`)['name'], `${field}.${key}`)
  const { nodePublishSecretRef } = part('csi')
  add(found.nodeSecrets, record(nodePublishSecretRef ?? {}, `${field}.csi`)['name'], `${field}.csi`)
  add(found.nodeSecrets, part('azureFile')['secretName'], `${field}.azureFile.secretName`)
  return found
}

// Without one it is the API server's own; the issuers that clusters have by default are audiences of it too.
function isApiServers(audience: string | undefined): boolean {
  return !audience || /^(?:https:\/\/)?kubernetes\.default\.svc(?:\.cluster\.local)?\/?$/.test(audience)
}

/** The secrets that a container's environment takes values of; throws ShapeError. */
export function envSecrets(container: Raw, field: string): string[] {
  const ref = (raw: unknown, at: string) => {
    return isUnset(raw) ? [] : optionalText(record(raw, at)['name'], `${at}.name`) || []
  }
  return [
    ...items(container['env'], `${field}.env`, (entry, at) => {
      if (isUnset(entry['valueFrom'])) return []
      const from = record(entry['valueFrom'], `${at}.valueFrom`)
      return ref(from['secretKeyRef'], `${at}.valueFrom.secretKeyRef`)
    }),
    ...items(container['envFrom'], `${field}.envFrom`, (entry, at) => ref(entry['secretRef'], `${at}.secretRef`)),
  ].flat()
}
