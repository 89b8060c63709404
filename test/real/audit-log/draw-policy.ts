import type { Draw } from '../../fuzz/draw.ts'
import type { AuditPolicy } from '../../cluster/audit-policy.ts'
import { groups, names, namespaces, paths, resources, subresources, users, verbs } from './draw-request.ts'

const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic']
const patterns = [
  ...resources,
  '*',
  ...resources.map((name) => `${name}/*`),
  ...subresources.map((name) => `*/${name}`),
]

/** A policy that kube-apiserver accepts: most rules are narrow, so that requests get past them to the later ones. */
export function drawPolicy(draw: Draw): AuditPolicy {
  const rules = Array.from({ length: draw.count(8, 24) }, () => drawRule(draw))
  if (draw.chance(70)) rules.push({ level: draw.pick(levels) })
  return {
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    ...(draw.chance(40) && { omitStages: draw.some(stages, 1, 2) }),
    rules,
  }
}

function drawRule(draw: Draw): AuditPolicy['rules'][number] {
  return {
    level: draw.pick(levels),
    ...(draw.chance(40) && { users: draw.some(Object.keys(users), 1, 2) }),
    ...(draw.chance(35) && { userGroups: draw.some([...groups, 'system:authenticated', 'nobody'], 1, 2) }),
    ...(draw.chance(50) && { verbs: draw.some([...verbs, 'post', '*'], 1, 3) }),
    ...(draw.chance(20) && { omitStages: draw.some(stages, 1, 2) }),
    ...drawPlace(draw),
  }
}

function drawPlace(draw: Draw): object {
  const kind = draw.count(0, 9)
  if (kind === 0) return {}
  if (kind <= 2)
    return { nonResourceURLs: draw.some([...paths, '*', '/healthz*', '/api*', '/apis/*', '/metrics/'], 1, 3) }
  return {
    ...(draw.chance(40) && { namespaces: draw.some([...namespaces, ''], 1, 2) }),
    ...(draw.chance(80) && {
      resources: Array.from({ length: draw.count(1, 3) }, () => {
        const some = draw.some(
          [...patterns, ...resources.flatMap((name) => `${name}/${draw.pick(subresources)}`)],
          0,
          3,
        )
        return {
          group: draw.pick(['', '', 'apps', 'rbac.authorization.k8s.io', 'example.com']),
          ...(some.length > 0 && { resources: some }),
          ...(some.length > 0 && draw.chance(30) && { resourceNames: draw.some([...names, ''], 1, 2) }),
        }
      }),
    }),
  }
}
