import type { AttackWorld } from '../../../src/attack/model.ts'
import { bootstrapOf } from '../../../src/attack/bootstrap.ts'
import { buildGraph } from '../../../src/attack/build.ts'
import { indexRbac } from '../../../src/rbac/rbac-index.ts'
import type { Finding } from '../../../src/risks/finding.ts'
import { risksOf } from '../../../src/risks/risks.ts'
import { whoText } from '../../../src/risks/who.ts'
import type { ClusterState, PodState } from '../../../src/snapshot/cluster-state.ts'
import { bootstrapRbac, defaultResources } from '../../../src/snapshot/defaults/defaults.ts'
import type { Role } from '../../../src/snapshot/objects.ts'
import type { Snapshot } from '../../../src/snapshot/snapshot.ts'
import { rule, snapshotOf } from '../rbac/worlds.ts'

export const { roles: defaults, bindings: defaultBindings } = await bootstrapRbac()
const resources = await defaultResources()

export function state(given: Partial<ClusterState> = {}): ClusterState {
  return {
    pods: [],
    nodes: [{ name: 'n1', labels: {}, controlPlane: false }],
    namespaces: [{ name: 'shop', labels: {} }],
    accounts: [],
    secrets: [],
    workloads: [],
    webhooks: [],
    admissionPolicies: [],
    conversions: [],
    persistentVolumes: [],
    groups: new Set(),
    version: '1.34',
    gaps: [],
    ...given,
  }
}

export function world(rbac: Partial<Snapshot>, given: Partial<ClusterState> = {}): AttackWorld {
  const snapshot = snapshotOf({ source: { kind: 'cluster', server: 'https://x' }, resources, ...rbac })
  return { snapshot, index: indexRbac(snapshot), state: state(given) }
}

/** All findings of a world, written out. */
export async function risksIn(asked: AttackWorld, namespace?: string): Promise<Finding[]> {
  const bootstrap = await bootstrapOf(asked.snapshot, asked.state.version)
  const { found, write } = risksOf({ world: asked, graph: buildGraph(asked), bootstrap, defaults, namespace })
  return found.map(write)
}

/** `RULE who scope severity`, one a finding. */
export function lines(findings: Finding[]): string[] {
  return findings.map((each) => `${each.rule} ${whoText(each)} ${each.scope} ${each.severity}`)
}

export const pod = (given: Partial<PodState> = {}): PodState => ({
  namespace: 'shop',
  name: 'web-0',
  serviceAccount: 'web',
  node: 'n1',
  phase: 'Running',
  labels: {},
  token: true,
  secrets: [],
  escapes: [],
  ...given,
})

export const everything = rule({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] })

export function role(namespace: string, name: string, ...rules: Role['rules']): Role {
  return { kind: 'Role', namespace, name, labels: {}, rules }
}
