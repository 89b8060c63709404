import { metadataShape, podShape, podSpecShape } from './pod-shape.ts'
import type { Shape } from './protobuf.ts'

// Field numbers of the generated.proto of k8s.io/api's core/v1, apps/v1 and batch/v1, and of apiextensions'.
const metadata = { 1: { name: 'metadata', of: metadataShape } }
const template = (field: number): Shape => ({
  [field]: { name: 'template', of: { 2: { name: 'spec', of: podSpecShape } } },
})
const path: Shape = { 1: { name: 'path', of: 'string' } }
const withSpec = (spec: Shape): Shape => ({ ...metadata, 2: { name: 'spec', of: spec } })

/** What questions on attacks read of the objects of a cluster that there are many of, or that are large; by their resource. */
export const stateShapes: Record<string, Shape> = {
  pods: podShape,
  namespaces: metadata,
  secrets: metadata,
  serviceaccounts: { ...metadata, 4: { name: 'automountServiceAccountToken', of: 'bool' } },
  nodes: withSpec({
    3: { name: 'providerID', of: 'string' },
    5: { name: 'taints', many: true, of: { 1: { name: 'key', of: 'string' } } },
  }),
  persistentvolumes: withSpec({
    2: { name: '', inline: true, of: { 3: { name: 'hostPath', of: path }, 20: { name: 'local', of: path } } },
    4: { name: 'claimRef', of: { 2: { name: 'namespace', of: 'string' }, 3: { name: 'name', of: 'string' } } },
  }),
  replicationcontrollers: withSpec(template(3)),
  deployments: withSpec(template(3)),
  replicasets: withSpec(template(3)),
  statefulsets: withSpec(template(3)),
  daemonsets: withSpec(template(2)),
  jobs: withSpec(template(6)),
  cronjobs: withSpec({ 5: { name: 'jobTemplate', of: { 2: { name: 'spec', of: template(6) } } } }),
  customresourcedefinitions: withSpec({ 9: { name: 'conversion', of: { 1: { name: 'strategy', of: 'string' } } } }),
}
