import { posix } from 'node:path'
import { podRefOf, recordAt, recordsAt } from './pod-ref.ts'

type Raw = Record<string, unknown>

/** An API server that runs as a pod, and where it says that it writes its audit log. All of it is the pod's text: hostile. */
export type ApiServer = {
  pod: { namespace: string; name: string; uid: string }
  node: string
  /** Run by the kubelet from a file on its node, as API servers are. */
  isMirror: boolean
  /** Of --audit-log-path and the like, as they stand in the command. */
  flags: Record<string, string>
  /** Where the log lies on the node; absent with `why` there is none to be had there. */
  file?: string
  why?: string
}

const wanted = new Set([
  'audit-log-path',
  'audit-policy-file',
  'audit-log-maxage',
  'audit-log-maxbackup',
  'audit-log-maxsize',
  'audit-webhook-config-file',
])

/**
 * What a pod says of an API server's audit log; undefined where it is none: by the label that kubeadm, kops, RKE2 and Talos give it, or by the
 * program it runs.
 */
export function apiServerOf(pod: Raw): ApiServer | undefined {
  const ref = podRefOf(pod)
  if (ref?.node === undefined) return undefined
  const metadata = recordAt(pod, 'metadata')
  const labels = recordAt(metadata, 'labels')
  const isLabelled = labels['component'] === 'kube-apiserver' || labels['k8s-app'] === 'kube-apiserver'
  const containers = recordsAt(recordAt(pod, 'spec'), 'containers')
  const container =
    containers.find((one) => wordsOf(one).some((word) => posix.basename(word) === 'kube-apiserver')) ??
    (isLabelled ? containers[0] : undefined)
  if (!container) return undefined
  const { namespace, name, uid, node } = ref
  const flags = flagsOf(wordsOf(container))
  return {
    pod: { namespace, name, uid },
    node,
    isMirror: recordAt(metadata, 'annotations')['kubernetes.io/config.mirror'] !== undefined,
    flags,
    ...placeOf(pod, container, flags),
  }
}

function wordsOf(container: Raw): string[] {
  // Some are started by a shell: all words are then in one.
  return ['command', 'args'].flatMap((field) => {
    const words = container[field]
    return Array.isArray(words) ? words.flatMap((word) => String(word).split(/\s+/)) : []
  })
}

function flagsOf(words: string[]): Record<string, string> {
  const found = words.flatMap((word, at): [string, string][] => {
    const [, name = '', value] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(word) ?? []
    return wanted.has(name) ? [[name, value ?? words[at + 1] ?? '']] : []
  })
  return Object.fromEntries(found)
}

function placeOf(pod: Raw, container: Raw, flags: Record<string, string>): { file: string } | { why: string } {
  const path = flags['audit-log-path']
  if (!path) {
    const webhook = flags['audit-webhook-config-file']
    return webhook
      ? { why: `it writes none: it sends audit events to the webhook in ${webhook}. Ask there.` }
      : { why: 'it writes none: it was started without --audit-log-path' }
  }
  if (path === '-')
    return { why: 'it writes it to its standard output: collect the pod itself, and read it from its log' }
  const inside = posix.normalize(path)
  const isIn = (folder: string) => inside === folder || inside.startsWith(`${folder.replace(/\/$/, '')}/`)
  const mounts = recordsAt(container, 'volumeMounts').filter(({ mountPath }) =>
    isIn(posix.normalize(String(mountPath))),
  )
  const mount = mounts.toSorted((one, other) => String(other['mountPath']).length - String(one['mountPath']).length)[0]
  const volume = recordsAt(recordAt(pod, 'spec'), 'volumes').find(({ name }) => name === mount?.['name'])
  const host = recordAt(volume ?? {}, 'hostPath')['path']
  if (!mount || typeof host !== 'string') return { why: `it writes it to ${path}, which is not a folder of the node` }
  const below = inside.slice(posix.normalize(String(mount['mountPath'])).length)
  const { subPath } = mount
  return { file: posix.join('/', host, typeof subPath === 'string' ? subPath : '', below) }
}

/** The path of a file below the node's /var/log, part by part; undefined for any other. The kubelet serves no other folder. */
export function underVarLog(file: string): string[] | undefined {
  const [, top, log, ...parts] = posix.normalize(file).split('/')
  return top === 'var' && log === 'log' && parts.length > 0 && parts.every((part) => part !== '' && part !== '..')
    ? parts
    : undefined
}

/**
 * The rotated files of a log among the names of a folder, oldest first: `audit-2024-05-01T10-00-00.000.log`, also with .gz. Source: lumberjack, by which the
 * API server rotates (the time is UTC, when it was rotated).
 */
export function rotatedOf(file: string, names: string[]): string[] {
  const { name: stem, ext } = posix.parse(file)
  return names
    .filter((name) => {
      const plain = name.endsWith('.gz') ? name.slice(0, -'.gz'.length) : name
      if (!plain.startsWith(`${stem}-`) || !plain.endsWith(ext)) return false
      return /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}$/.test(plain.slice(stem.length + 1, plain.length - ext.length))
    })
    .toSorted()
}

/** The names in a folder as the kubelet shows it: Go's http.FileServer. Whoever may write there has chosen them. */
export function namesIn(html: string): string[] {
  const links = [...html.matchAll(/<a href="([^"]*)">/g)].map(([, link = '']) => link)
  return links.flatMap((link) => {
    try {
      const name = decodeURIComponent(link.replace(/^\.\//, '').replaceAll('&amp;', '&').replaceAll('&#39;', "'"))
      return name.includes('/') ? [] : [name]
    } catch {
      return []
    }
  })
}
