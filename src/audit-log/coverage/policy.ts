import { readFile } from 'node:fs/promises'
import { SecureError } from '../../errors.ts'
import { readDocuments } from '../../snapshot/documents.ts'
import { type Level, levels, type Stage, stages } from '../event.ts'
import { object, type Raw, text, texts } from '../read/fields.ts'

export type GroupResources = { group: string; resources: string[]; resourceNames: string[] }

/** A rule of an audit policy; an empty list stands for any, as in audit.k8s.io/v1. */
export type AuditRule = {
  level: Level
  users: string[]
  userGroups: string[]
  verbs: string[]
  namespaces: string[]
  resources: GroupResources[]
  nonResourceURLs: string[]
  omitStages: Stage[]
}

export type AuditPolicy = {
  rules: AuditRule[]
  omitStages: Stage[]
  /** What a reader of the file may take for more than the server does. */
  notes: string[]
}

const fields = new Set([
  'level',
  'users',
  'userGroups',
  'verbs',
  'resources',
  'namespaces',
  'nonResourceURLs',
  'omitStages',
  'omitManagedFields',
])

/** The audit policy in a file (kube-apiserver --audit-policy-file). Throws SecureError('usage') for what the server refuses. */
export async function readAuditPolicy(path: string): Promise<AuditPolicy> {
  const content = await readFile(path, 'utf8').catch((error: Error) => {
    throw new SecureError('usage', `audit policy ${path}: ${error.message}`)
  })
  const documents = await readDocuments(content)
  const [first] = documents
  const broken = documents.find(({ error }) => error !== undefined)
  if (broken) throw new SecureError('usage', `audit policy ${path}, line ${broken.line}: ${broken.error}`)
  return auditPolicy(first?.value, path)
}

/**
 * An audit policy as kube-apiserver reads it: fields it does not know are ignored (and noted here), anything else wrong
 * stops it from starting. Source: apiserver/pkg/audit/policy/reader.go, apis/audit/validation.
 */
export function auditPolicy(value: unknown, where: string): AuditPolicy {
  const refuse = (why: string): never => {
    throw new SecureError('usage', `audit policy ${where}: ${why}`, {
      hint: 'kube-apiserver does not start with it either',
    })
  }
  const raw = object(value)
  if (raw?.['kind'] !== 'Policy' || raw['apiVersion'] !== 'audit.k8s.io/v1')
    return refuse('not a Policy of audit.k8s.io/v1')
  const rules = Array.isArray(raw['rules']) ? raw['rules'] : []
  if (rules.length === 0) return refuse('no rules')
  const notes: string[] = []
  return {
    rules: rules.map((rule, index) => readRule(object(rule) ?? {}, index, notes, refuse)),
    omitStages: readStages(raw['omitStages'], 'omitStages', refuse),
    notes,
  }
}

type Refuse = (why: string) => never

function readRule(raw: Raw, index: number, notes: string[], refuse: Refuse): AuditRule {
  const where = `rules[${index}]`
  const level = levels.find((one) => one === raw['level'])
  if (level === undefined) return refuse(`${where}.level is not one of ${levels.join(', ')}`)
  for (const name of Object.keys(raw)) {
    if (!fields.has(name)) notes.push(`${where}.${name} is no field of a rule: the server ignores it`)
  }
  const resources = (Array.isArray(raw['resources']) ? raw['resources'] : []).map((entry): GroupResources => {
    const group = object(entry) ?? {}
    const names = texts(group['resourceNames'])
    const kinds = texts(group['resources'])
    if (names.length > 0 && kinds.length === 0) refuse(`${where}: resourceNames without resources`)
    return { group: text(group['group']) ?? '', resources: kinds, resourceNames: names }
  })
  const namespaces = texts(raw['namespaces'])
  const nonResourceURLs = texts(raw['nonResourceURLs'])
  if (nonResourceURLs.length > 0 && (resources.length > 0 || namespaces.length > 0))
    refuse(`${where} is for resources and for URLs at once`)
  return {
    level,
    users: texts(raw['users']),
    userGroups: texts(raw['userGroups']),
    verbs: texts(raw['verbs']),
    namespaces,
    resources,
    nonResourceURLs,
    omitStages: readStages(raw['omitStages'], `${where}.omitStages`, refuse),
  }
}

function readStages(value: unknown, where: string, refuse: Refuse): Stage[] {
  const read = texts(value)
  const wrong = read.find((stage) => !stages.some((one) => one === stage))
  if (wrong !== undefined) refuse(`${where}: ${wrong} is no stage`)
  return read as Stage[]
}
