import type { Shape } from './protobuf.ts'

// Field numbers of k8s.io/api/core/v1/generated.proto; they never change. The names are those of JSON.
const text = (name: string) => ({ name, of: 'string' }) as const
const texts = (name: string) => ({ name, of: 'string', many: true }) as const
const bool = (name: string) => ({ name, of: 'bool' }) as const
const message = (name: string, of: Shape) => ({ name, of })
const messages = (name: string, of: Shape) => ({ name, of, many: true }) as const
const inline = (of: Shape) => ({ name: '', of, inline: true }) as const

/** What questions on a cluster's state read of an object's metadata. */
export const metadataShape: Shape = {
  1: text('name'),
  3: text('namespace'),
  5: text('uid'),
  9: message('deletionTimestamp', {}),
  11: { name: 'labels', of: 'map' },
  12: { name: 'annotations', of: 'map' },
  13: messages('ownerReferences', { 1: text('kind'), 3: text('name'), 6: bool('controller') }),
}

const named: Shape = { 1: text('name') }
const secret: Shape = { 1: inline(named) }
const secretRef = (field: number): Shape => ({ [field]: message('secretRef', named) })

const windows = message('windowsOptions', { 4: bool('hostProcess') })
const container: Shape = {
  1: text('name'),
  7: messages('env', { 3: message('valueFrom', { 4: message('secretKeyRef', secret) }) }),
  9: messages('volumeMounts', { 1: text('name'), 2: bool('readOnly'), 4: text('subPath') }),
  15: message('securityContext', {
    1: message('capabilities', { 1: texts('add'), 2: texts('drop') }),
    2: bool('privileged'),
    4: { name: 'runAsUser', of: 'int' },
    5: bool('runAsNonRoot'),
    9: text('procMount'),
    10: windows,
  }),
  19: messages('envFrom', { 3: message('secretRef', secret) }),
  24: text('restartPolicy'),
}

const volume: Shape = {
  1: message('hostPath', { 1: text('path') }),
  6: message('secret', { 1: text('secretName') }),
  8: message('iscsi', secretRef(10)),
  10: message('persistentVolumeClaim', { 1: text('claimName'), 2: bool('readOnly') }),
  11: message('rbd', secretRef(7)),
  12: message('flexVolume', secretRef(3)),
  14: message('cephfs', secretRef(5)),
  18: message('azureFile', { 1: text('secretName') }),
  25: message('scaleIO', secretRef(3)),
  26: message('projected', {
    1: messages('sources', {
      1: message('secret', secret),
      4: message('serviceAccountToken', { 1: text('audience') }),
    }),
  }),
  27: message('storageos', secretRef(5)),
  28: message('csi', { 5: message('nodePublishSecretRef', named) }),
}

/** What questions on attacks read of a pod's spec. */
export const podSpecShape: Shape = {
  1: messages('volumes', { 1: text('name'), 2: inline(volume) }),
  2: messages('containers', container),
  8: text('serviceAccountName'),
  10: text('nodeName'),
  11: bool('hostNetwork'),
  12: bool('hostPID'),
  13: bool('hostIPC'),
  14: message('securityContext', { 2: { name: 'runAsUser', of: 'int' }, 3: bool('runAsNonRoot'), 8: windows }),
  15: messages('imagePullSecrets', named),
  20: messages('initContainers', container),
  21: bool('automountServiceAccountToken'),
  27: bool('shareProcessNamespace'),
  34: messages('ephemeralContainers', { 1: inline(container) }),
  37: bool('hostUsers'),
}

const state = (name: string) =>
  messages(name, { 1: text('name'), 2: message('state', { 2: message('running', {}), 3: message('terminated', {}) }) })

export const podShape: Shape = {
  1: message('metadata', metadataShape),
  2: message('spec', podSpecShape),
  3: message('status', {
    1: text('phase'),
    10: state('initContainerStatuses'),
    13: state('ephemeralContainerStatuses'),
  }),
}
