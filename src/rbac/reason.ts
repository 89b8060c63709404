import type { Subject } from '../snapshot/objects.ts'
import type { Grant } from './report.ts'

// The authorizer's reason, as Kubernetes 1.34 words it (pkg/registry/rbac/validation/rule.go). Names come as name/namespace.
const reasonPattern =
  /^RBAC: allowed by (ClusterRoleBinding|RoleBinding) ("(?:[^"\\]|\\.)*") of (ClusterRole|Role) ("(?:[^"\\]|\\.)*") to (User|Group|ServiceAccount) ("(?:[^"\\]|\\.)*")$/

/** The subject and the grant that the API server's reason for a "yes" names; undefined for any other reason. */
export function parseReason(reason: string): { subject: Subject; grant: Grant } | undefined {
  const match = reasonPattern.exec(reason)
  if (!match) return undefined
  const [, bindingKind = '', bindingName, roleKind = '', roleName, subjectKind, subjectName] = match
  const binding = splitName(unquote(bindingName), bindingKind === 'RoleBinding')
  const name = splitName(unquote(subjectName), subjectKind === 'ServiceAccount')
  const subject: Subject = { kind: subjectKind as Subject['kind'], ...name }
  return {
    subject,
    grant: {
      binding: { kind: bindingKind, ...binding },
      roleRef: { kind: roleKind, name: unquote(roleName) },
      subjectMatch: subject,
    },
  }
}

function splitName(text: string, namespaced: boolean): { name: string; namespace?: string } {
  const slash = text.lastIndexOf('/')
  return namespaced && slash >= 0 ? { name: text.slice(0, slash), namespace: text.slice(slash + 1) } : { name: text }
}

// Go's %q. A user name may hold any character, and those that do not print come escaped.
function unquote(quoted = ''): string {
  return quoted
    .slice(1, -1)
    .replaceAll(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(.))/gs, (_, x, u, U, letter) => {
      const hex: string | undefined = x ?? u ?? U
      return hex === undefined
        ? (letters[letter as string] ?? (letter as string))
        : String.fromCodePoint(parseInt(hex, 16))
    })
}

const letters: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }
