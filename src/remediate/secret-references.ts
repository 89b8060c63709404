import type { Edit, PatchChange } from '../change/plan.ts'
import { listAt, metaOf, type Raw, recordAt, textAt } from '../isolation/raw.ts'
import type { Remedy } from './remedy.ts'
import { refOf, templatePath } from './workload.ts'

/** Where a pod template names a secret: the path to the name. */
type Reference = { path: string[] }

/**
 * Has all workloads of a namespace that name a secret name another one, which has the new value; their pods are replaced. The old secret stays for who
 * was not found: delete it once it is not used. Jobs keep theirs, since their templates cannot change.
 */
export function moveSecretReferences(workloads: readonly Raw[], from: string, to: string): Remedy {
  const using = workloads.flatMap((raw) => {
    const references = referencesTo(raw, from)
    return references.length > 0 ? [{ raw, references }] : []
  })
  const owned = (raw: Raw) => metaOf(raw).owners.some(({ controller }) => controller)
  const movable = using.filter(({ raw }) => raw['kind'] !== 'Job' && !owned(raw))
  const changes = movable.map(({ raw, references }, index): PatchChange => {
    const edits = references.map(({ path }): Edit => ({ path, before: from, after: to, restore: 'always' }))
    return {
      id: `reference-${index + 1}`,
      do: 'patch',
      why: `its pods use Secret ${to} instead of ${from}`,
      risk: raw['kind'] === 'CronJob' ? 'from its next job on' : 'its pods are replaced',
      ref: refOf(raw),
      edits,
    }
  })
  const jobs = using.filter(({ raw }) => raw['kind'] === 'Job' && !owned(raw))
  return {
    changes,
    notes: [
      ...jobs.map(({ raw }) => `Job ${metaOf(raw).name} uses Secret ${from} until it ends: a job cannot be changed`),
      ...movable
        .filter(({ raw }) => raw['kind'] === 'ReplicaSet' || raw['kind'] === 'ReplicationController')
        .map(
          ({ raw }) => `${String(raw['kind'])} ${metaOf(raw).name} does not replace its pods by itself: delete them`,
        ),
    ],
  }
}

/** All places of a workload's template that name a secret. Source: pkg/api/v1/pod, VisitPodSecretNames (Kubernetes 1.34). */
export function referencesTo(raw: Raw, name: string): Reference[] {
  const base = [...templatePath(String(raw['kind'])), 'spec']
  const spec = base.reduce(recordAt, raw)
  const found: Reference[] = []
  const note = (holder: Raw, key: string, path: string[]) => {
    if (textAt(holder, key) === name) found.push({ path: [...path, key] })
  }
  for (const [at, secret] of indexed(spec, 'imagePullSecrets')) note(secret, 'name', [...base, 'imagePullSecrets', at])
  for (const kind of ['containers', 'initContainers']) {
    for (const [at, container] of indexed(spec, kind)) {
      for (const [env, entry] of indexed(container, 'env'))
        note(recordAt(recordAt(entry, 'valueFrom'), 'secretKeyRef'), 'name', [
          ...base,
          kind,
          at,
          'env',
          env,
          'valueFrom',
          'secretKeyRef',
        ])
      for (const [env, entry] of indexed(container, 'envFrom'))
        note(recordAt(entry, 'secretRef'), 'name', [...base, kind, at, 'envFrom', env, 'secretRef'])
    }
  }
  for (const [at, volume] of indexed(spec, 'volumes')) {
    const path = [...base, 'volumes', at]
    note(recordAt(volume, 'secret'), 'secretName', [...path, 'secret'])
    for (const [source, entry] of indexed(recordAt(volume, 'projected'), 'sources'))
      note(recordAt(entry, 'secret'), 'name', [...path, 'projected', 'sources', source, 'secret'])
    for (const [driver, key] of byDriver) note(recordAt(recordAt(volume, driver), key), 'name', [...path, driver, key])
    note(recordAt(volume, 'azureFile'), 'secretName', [...path, 'azureFile'])
  }
  return found
}

const byDriver = [
  ['csi', 'nodePublishSecretRef'],
  ['cephfs', 'secretRef'],
  ['flexVolume', 'secretRef'],
  ['rbd', 'secretRef'],
  ['scaleIO', 'secretRef'],
  ['iscsi', 'secretRef'],
  ['storageos', 'secretRef'],
] as const

// listAt leaves out what is no object, and so would shift places: here it must not.
function indexed(raw: Raw, key: string): [string, Raw][] {
  const list = raw[key]
  return Array.isArray(list) && listAt(raw, key).length === list.length
    ? (list as Raw[]).map((entry, index) => [String(index), entry])
    : []
}
