import { fieldText, type Raw } from './field.ts'

/** What is to be known of a template besides what is in it. */
export type TemplateNote = keyof typeof templateNotes

/** What each note means for whoever enforces a level. */
export const templateNotes = {
  'scaled-to-zero': 'no pod of it runs now; its pods would be refused when it is scaled up',
  suspended: 'it is suspended; its pods would be refused when it goes on',
  ended: 'it has ended: nothing of it runs any more',
  static:
    'it is a static pod: its node runs it from a file whatever a level says; only its picture in the API can be refused',
  'runtime-class':
    'it names a runtime class, which the configuration of the admission plugin may exempt; no API shows whether it does',
} as const

/** The pod of an object, or what its pods are made from. */
export type Template = {
  apiVersion: string
  kind: string
  name: string
  namespace: string
  /** Where the pod lies in the object, the prefix of its fields and edits: empty in a Pod, `['spec', 'template']` in a Deployment. */
  prefix: string[]
  /** `spec.jobTemplate.spec.template.spec`. */
  specPath: string
  pod: { metadata?: unknown; spec?: unknown }
  /** What manages the object, whose own template is the one to change. */
  controller?: { apiVersion: string; kind: string; name: string; uid: string }
  notes: TemplateNote[]
}

const prefixes: Record<string, string[]> = {
  'v1 Pod': [],
  'v1 PodTemplate': ['template'],
  'v1 ReplicationController': ['spec', 'template'],
  'apps/v1 Deployment': ['spec', 'template'],
  'apps/v1 ReplicaSet': ['spec', 'template'],
  'apps/v1 StatefulSet': ['spec', 'template'],
  'apps/v1 DaemonSet': ['spec', 'template'],
  'batch/v1 Job': ['spec', 'template'],
  'batch/v1 CronJob': ['spec', 'jobTemplate', 'spec', 'template'],
}

/**
 * The pod templates of an object: one of each workload kind, also where no pod of it runs; none of any other kind, nor of a
 * ReplicationController without one. Kinds of that name in other groups are somebody else's.
 * Source: DefaultPodSpecExtractor in admission/admission.go of k8s.io/pod-security-admission.
 */
export function templatesOf(object: Raw): Template[] {
  const apiVersion = textIn(object, 'apiVersion')
  const kind = textIn(object, 'kind')
  const key = `${apiVersion} ${kind}`
  const prefix = Object.hasOwn(prefixes, key) ? prefixes[key] : undefined
  const pod = prefix?.reduce<unknown>((at, part) => (isObject(at) ? at[part] : undefined), object)
  if (!prefix || (kind === 'ReplicationController' && (pod === undefined || pod === null))) return []
  const metadata = objectIn(object, 'metadata')
  const controller = controllerOf(metadata)
  return [
    {
      apiVersion,
      kind,
      name: textIn(metadata, 'name'),
      namespace: textIn(metadata, 'namespace'),
      prefix,
      specPath: fieldText([...prefix, 'spec']),
      // A template that is no object: its spec, which is not there, is said to be missing.
      pod: isObject(pod) ? pod : {},
      ...(controller && { controller }),
      notes: notesOf(object, kind, isObject(pod) ? pod : {}),
    },
  ]
}

function notesOf(object: Raw, kind: string, pod: Raw): TemplateNote[] {
  const spec = objectIn(object, 'spec')
  const status = objectIn(object, 'status')
  const metadata = objectIn(object, 'metadata')
  const notes: TemplateNote[] = []
  if (kind !== 'Pod' && spec['replicas'] === 0) notes.push('scaled-to-zero')
  if (spec['suspend'] === true && (kind === 'Job' || kind === 'CronJob')) notes.push('suspended')
  if (kind === 'Job' && hasEnded(status)) notes.push('ended')
  if (kind === 'Pod' && ['Succeeded', 'Failed'].includes(textIn(status, 'phase'))) notes.push('ended')
  const isMirror = Object.hasOwn(objectIn(metadata, 'annotations'), 'kubernetes.io/config.mirror')
  if (kind === 'Pod' && (isMirror || controllerOf(metadata)?.kind === 'Node')) notes.push('static')
  if (textIn(objectIn(pod, 'spec'), 'runtimeClassName') !== '') notes.push('runtime-class')
  return notes
}

function hasEnded(status: Raw): boolean {
  const conditions = Array.isArray(status['conditions']) ? status['conditions'].filter(isObject) : []
  return conditions.some(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True')
}

/** Source: metav1.GetControllerOf. */
function controllerOf(metadata: Raw): Template['controller'] {
  const owners = Array.isArray(metadata['ownerReferences']) ? metadata['ownerReferences'].filter(isObject) : []
  const owner = owners.find(({ controller }) => controller === true)
  if (!owner) return undefined
  const [apiVersion, kind, name, uid] = ['apiVersion', 'kind', 'name', 'uid'].map((key) => textIn(owner, key))
  return { apiVersion: apiVersion ?? '', kind: kind ?? '', name: name ?? '', uid: uid ?? '' }
}

function isObject(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectIn(object: Raw, key: string): Raw {
  const value = object[key]
  return isObject(value) ? value : {}
}

function textIn(object: Raw, key: string): string {
  const value = object[key]
  return typeof value === 'string' ? value : ''
}
