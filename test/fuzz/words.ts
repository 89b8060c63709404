import type { Subject } from '../../src/snapshot/objects.ts'

/** The words that worlds and questions are made of: few enough to meet often, and with every odd shape of RBAC among them. */
export const namespaces = ['fuzz-a', 'fuzz-b', 'fuzz-c']
export const askedNamespaces = [...namespaces, 'ghost', 'Fuzz-a', '', '*']

// The words of each line stand between bars; an empty one is a word too.
function list(...lines: string[]): string[] {
  return lines.flatMap((line) => line.split('|'))
}

const plainVerbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']
const virtualVerbs = ['bind', 'escalate', 'impersonate', 'use', 'approve', 'sign']
export const requestVerbs = plainVerbs
export const verbs = [...plainVerbs, ...plainVerbs, ...virtualVerbs, 'Get', 'frobnicate', 'post', '']

export const groups = list(
  '||||apps|apps|batch|rbac.authorization.k8s.io|certificates.k8s.io|policy',
  'authentication.k8s.io|widgets.example.com|Apps|apps/v1|metrics.k8s.io|**|constructor',
)

export const resources = list(
  'pods|pods|pods/log|pods/exec|configmaps|secrets|deployments|deployments/scale|nodes',
  'nodes/proxy|namespaces|namespaces/status|namespaces/finalize|persistentvolumes|clusterroles',
  'roles|rolebindings|serviceaccounts|serviceaccounts/token|widgets|widgets/status|users',
  'groups|uids|userextras|userextras/scopes|signers|podsecuritypolicies|*/scale|*/log',
  'pods/*|*/*||/|Pods|pod|*/|**|pods/|/scale|pods/log/x|*/scale/x|ü',
  '__proto__|constructor|*pods|pods*',
)

export const names = list(
  'a|a|a|b|b||A|*|ü|a/b|fuzz-a|fuzz-b|view|cluster-admin|alice',
  'system:masters|kubernetes.io/*|kubernetes.io/kube-apiserver-client|__proto__|toString',
)

export const urlPatterns = list(
  '*|/|/healthz|/healthz/*|/healthz*|/foo**|/foo***|/a/*/b|/a/*/*|/metrics|**',
  '/*|/foo*/|*/x|healthz|/FOO|/ü*|/a*/b*|/api/*|/apis|/logs/*|/a/|',
)
export const urls = list(
  '/|/healthz|/healthz/|/healthz/ping|/healthzfoo|/foo|/foobar|/foo/bar|/foo*|/a/x/b',
  '/a/*/b|/a/*/c|/a/b|/a|/a/|/metrics|/FOO|/ü|/üx|/api|/apis|/logs/x|/x',
  'healthz|*|**||/*|/foo*/|/foo/',
)
export const urlVerbs = ['get', 'get', 'post', 'put', 'delete', 'patch', 'head', 'Get']

export const users = list(
  'alice|alice|bob|bob|Alice|team|ünï|with space|quo"te|back\\slash|a/b|*',
  '__proto__|system:anonymous|system:masters|system:node:n1|ansi\u001B[31m|bell\u0007\v\0',
  'system:serviceaccount:fuzz-a:robot|system:serviceaccount:fuzz-b:robot|system:serviceaccount:fuzz-a',
  'system:serviceaccount:fuzz-a:robot:x|system:serviceaccount::robot|system:serviceaccount:fuzz-a:',
  'system:serviceaccount:FUZZ:robot|system:serviceaccount:fuzz-a:Robot_1|system:serviceaccount:a.b:robot',
  'zero\u200Bwidth|tag\u{E0001}|astral\u{1F600}|\u0301combining|rtl\u202E|del\u007F|\uFEFFbom',
)
export const userGroups = list(
  'team|team|bob|devs|Team|ü|*|system:authenticated|system:unauthenticated',
  'system:serviceaccounts|system:serviceaccounts:fuzz-a|system:serviceaccounts:fuzz-b|system:nodes',
  'system:masters|system:serviceaccounts:FUZZ|system:serviceaccounts:',
)
export const accounts: Subject[] = [
  { kind: 'ServiceAccount', name: 'robot', namespace: 'fuzz-a' },
  { kind: 'ServiceAccount', name: 'robot', namespace: 'fuzz-a' },
  { kind: 'ServiceAccount', name: 'robot', namespace: 'fuzz-b' },
  { kind: 'ServiceAccount', name: 'default', namespace: 'fuzz-c' },
  { kind: 'ServiceAccount', name: 'ro.bot', namespace: 'ghost' },
]

// Names of roles: Roles and ClusterRoles share them, and a path segment may hold almost anything.
export const roleNames = list('fz|fz:reader|FZ|fz"quote|fz ü|fz\u001B[31m|fz\\x|fz\u200B|fz-constructor|fz-a|fz-b')
export const bootstrapRoles = ['view', 'edit', 'admin', 'cluster-admin', 'system:basic-user', 'system:node']
export const labels: Record<string, string>[] = [
  { team: 'a' },
  { team: 'b' },
  { team: 'a', tier: 'x' },
  { constructor: 'x' },
  { team: '' },
  { 'rbac.authorization.k8s.io/aggregate-to-view': 'true' },
  {},
]
