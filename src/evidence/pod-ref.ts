import type { PodRef } from './request.ts'

type Raw = Record<string, unknown>

/** Of a pod as the API has it, what its logs are asked for by; undefined for what is none. Hostile text. */
export function podRefOf(raw: Raw): PodRef | undefined {
  const { name, namespace, uid } = recordAt(raw, 'metadata')
  if (typeof name !== 'string' || typeof namespace !== 'string' || typeof uid !== 'string') return undefined
  const spec = recordAt(raw, 'spec')
  const status = recordAt(raw, 'status')
  const restarted = new Set(
    ['initContainerStatuses', 'containerStatuses', 'ephemeralContainerStatuses'].flatMap((field) =>
      recordsAt(status, field)
        .filter((one) => Number(one['restartCount']) > 0 || 'terminated' in recordAt(one, 'lastState'))
        .map((one) => String(one['name'])),
    ),
  )
  const containers = ['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) =>
    recordsAt(spec, field).map((one) => ({
      name: String(one['name']),
      restarted: restarted.has(String(one['name'])),
      isEphemeral: field === 'ephemeralContainers',
    })),
  )
  const node = spec['nodeName']
  return { namespace, name, uid, containers, ...(typeof node === 'string' && node !== '' && { node }) }
}

export type OwnerRef = { apiVersion: string; kind: string; name: string; uid: string; controller: boolean }

export function ownersOf(raw: Raw): OwnerRef[] {
  return recordsAt(recordAt(raw, 'metadata'), 'ownerReferences').map(({ apiVersion, kind, name, uid, controller }) => ({
    apiVersion: String(apiVersion),
    kind: String(kind),
    name: String(name),
    uid: String(uid),
    controller: controller === true,
  }))
}

export function recordAt(raw: Raw, field: string): Raw {
  const value = raw[field]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {}
}

export function recordsAt(raw: Raw, field: string): Raw[] {
  const value = raw[field]
  return Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []
}
