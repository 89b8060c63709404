import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Json } from '../../../src/change/plan.ts'
import type { InputType } from '../../../src/playbook/model.ts'
import { objectsAsCluster } from '../../../src/playbook/snapshot-cluster.ts'
import { defaultResources } from '../../../src/snapshot/defaults/defaults.ts'
import type { World } from './fuzz-responder.ts'

type Raw = { kind: string; metadata: { name: string; namespace?: string; uid?: string }; [key: string]: unknown }
const file = join(import.meta.dirname, '../../../examples/cluster.json')
const { items } = JSON.parse(readFileSync(file, 'utf8')) as { items: Raw[] }
// Where a server is not asked, the attacker's words are in every list.
const objects = [
  ...items,
  { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1', uid: 'node-1' } },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'key', namespace: 'shop', uid: 'secret-1' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', uid: 'deployment-1', annotations: { note: "${{ inputs.pod }}' + 1" } },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [{ name: 'c', image: 'x' }] } },
    },
  },
] as Raw[]
const resources = await defaultResources()

const kinds: Partial<Record<InputType, string>> = {
  namespace: 'Namespace',
  pod: 'Pod',
  workload: 'Deployment',
  node: 'Node',
  serviceaccount: 'ServiceAccount',
  secret: 'Secret',
}

/** What may be answered to an input where these objects are; of things, those that there are. */
export function answersOf(all: readonly Raw[]): World['answers'] {
  const things = Object.entries(kinds).map(([type, kind]): [string, Json[]] => [
    type,
    all
      .filter((raw) => raw.kind === kind || (type === 'workload' && raw.kind === 'StatefulSet'))
      .map(({ kind: own, metadata: { name, namespace, uid } }) => ({
        kind: own,
        name,
        ...(namespace && { namespace }),
        ...(uid && { uid }),
      })),
  ])
  return {
    ...Object.fromEntries(things),
    subject: ['sa:shop/web', 'sa:shop/default', 'user:a${{ 1 }}b', 'group:<!channel>'],
    'image-digest': [`sha256:${'ab'.repeat(32)}`],
    cidr: ['10.0.0.0/8'],
    duration: ['5m'],
    bool: [true, false],
    string: ['web', '${{ inputs.pod }}', '../../etc/passwd', 'a\u001b[2Jb'],
  }
}

/** The example cluster as a snapshot: it answers, and takes no writes. */
export function exampleWorld(stateDir: string): World {
  const cluster = objectsAsCluster(objects, resources, { server: 'files', namespace: 'shop' })
  const engine = {
    cluster,
    clusterId: '11111111-2222-3333-4444-555555555555',
    user: {
      name: 'ana',
      groups: [],
    },
    stateDir,
    stateNamespace: 'kubectl-secure',
    holder: 'ana@laptop',
    now: () => new Date(),
    warn: () => {},
  }
  return { engine, answers: answersOf(objects), isLive: false }
}
