import { isDeepStrictEqual } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMarkOf, markEdit } from '../../../../src/change/lockdown-mark.ts'
import {
  type Change,
  type Edit,
  type Json,
  objectName,
  type Plan,
  planLabel,
  quarantineLabel,
} from '../../../../src/change/plan.ts'
import { planOf } from '../../../../src/change/record/plan-shape.ts'
import { type Trusted, trusted } from '../../../../src/change/record/trusted.ts'
import { plan, planId } from '../journal/plans.ts'
import { here, honest, honestPlan } from './honest.ts'

type Loose = Record<string, unknown>
/** A change with some of it replaced, as an attacker would. */
const forged = (change: Change, more: Loose, ref: Loose = {}, edit?: Loose): Change =>
  ({
    ...structuredClone(change),
    ...more,
    ref: { ...change.ref, ...ref },
    ...(edit && 'edits' in change && { edits: [{ ...change.edits[0], ...edit }] }),
  }) as unknown as Change
const ofForged = (...changes: Change[]) => trusted(plan(changes), here)

describe('a record as the tool makes it', () => {
  test('is taken back as a whole', () => {
    const { plan: kept, refused, mustType } = trusted(honestPlan, here)
    expect(refused).toEqual([])
    expect(kept.changes.map(({ id }) => id)).toEqual(honestPlan.changes.map(({ id }) => id))
    expect(kept.changes.slice(1)).toEqual(honestPlan.changes.slice(1))
    expect(mustType).toEqual([
      'sa:shop/api@rolebinding/shop/system:readers',
      'secret:shop/api-token',
      'pod-security:shop',
      'token:shop/default',
    ])
  })

  test('makes nothing of its own wording', () => {
    const [create] = trusted(honestPlan, here).plan.changes
    const { apiVersion, kind } = honest.deny.body
    const metadata = { name: objectName(planId), namespace: 'shop', labels: { [planLabel]: planId } }
    expect(create).toMatchObject({ do: 'create', body: { apiVersion, kind, metadata } })
    expect(Object.keys(create?.do === 'create' ? create.body : {})).toEqual(['apiVersion', 'kind', 'metadata'])
  })

  test.each([
    ['crd.projectcalico.org/v1', 'GlobalNetworkPolicy', 'globalnetworkpolicies', `${objectName(planId)}.deny`],
    ['projectcalico.org/v3', 'Tier', 'tiers', objectName(planId)],
    ['cilium.io/v2', 'CiliumClusterwideNetworkPolicy', 'ciliumclusterwidenetworkpolicies', objectName(planId, 'all')],
    ['policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', 'clusternetworkpolicies', objectName(planId)],
  ])('with an overlay of %s %s', (apiVersion, kind, resource, name) => {
    const change: Change = {
      ...honest.deny,
      ref: { apiVersion, kind, resource, name },
      body: { apiVersion, kind, metadata: { name, labels: { [planLabel]: planId } } },
    }
    expect(ofForged(change)).toMatchObject({ refused: [], plan: { changes: [{ ref: { name } }] } })
  })

  test('of another cluster is worth nothing', () => {
    const { plan: kept, refused } = trusted(honestPlan, { ...here, clusterId: 'other' })
    expect(kept.changes).toEqual([])
    expect(refused.map(({ change }) => change)).toEqual(honestPlan.changes.map(({ id }) => id))
  })
})

test('not even a drill may take the namespace of the records', () => {
  const { plan: kept } = trusted(plan([honest.drill]), { ...here, stateNamespace: honest.drill.ref.name })
  expect(kept.changes).toEqual([])
})

const named = (name: string) =>
  forged(honest.deny, { body: { ...honest.deny.body, metadata: { ...honest.deny.body.metadata, name } } }, { name })
const kindOf = (apiVersion: string, kind: string, resource: string, more: Loose = {}) =>
  forged(honest.deny, { body: { ...honest.deny.body, apiVersion, kind } }, { apiVersion, kind, resource, ...more })
const calicoKind = { apiVersion: 'projectcalico.org/v3', kind: 'NetworkPolicy' }
const calico = {
  ...honest.deny,
  ref: { ...honest.deny.ref, ...calicoKind },
  body: { ...honest.deny.body, ...calicoKind },
}
const state = { namespace: here.stateNamespace }
const inLabels = (key: string) => ({ path: ['metadata', 'labels', key] })
const crb = { kind: 'ClusterRoleBinding', resource: 'clusterrolebindings', namespace: undefined }
const subject = (item: Json) => forged(honest.revoke, {}, {}, { item })
const guarded = (mode: string, more: Loose) =>
  forged(honest.guard, {}, {}, { ...inLabels(`pod-security.kubernetes.io/${mode}`), ...more })
const guardedBy = (edit: Edit) => forged(honest.guard, { edits: [edit] })
const group = (name: string) => ({ kind: 'Group', name, apiGroup: 'rbac.authorization.k8s.io' })

describe('what an attacker could write into a record is refused', () => {
  test.each<[string, Change]>([
    ['deleting a policy of others', named('default-deny')],
    ['deleting that of another plan', named('kubectl-secure-cccc-cccc-cccc')],
    ['a name that goes on', named(`${objectName(planId)}x`)],
    ['a name with a path', named(`${objectName(planId)}-/../../nodes/a`)],
    ['a name with an escape', named(`${objectName(planId)}-%2e%2e`)],
    ['a name with a line feed', named(`${objectName(planId)}\n`)],
    ['a tier', named(`${objectName(planId)}.deny`)],
    [
      'a policy in a tier of others',
      forged(
        calico,
        { body: { ...calico.body, metadata: { ...calico.body.metadata, name: 'security.deny' } } },
        { name: 'security.deny' },
      ),
    ],
    [
      'our name in a tier of others',
      forged(
        calico,
        { body: { ...calico.body, metadata: { ...calico.body.metadata, name: `security.${objectName(planId)}` } } },
        { name: `security.${objectName(planId)}` },
      ),
    ],
    ['deleting a namespace', kindOf('v1', 'Namespace', 'namespaces', { namespace: undefined })],
    ['deleting that of another drill', forged(honest.drill, {}, { name: 'kubectl-secure-cccc-cccc-cccc-drill' })],
    ['what looks like a drill', forged(honest.drill, {}, { name: `${objectName(planId)}-drill-2` })],
    [
      'deleting a webhook',
      kindOf('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'validatingwebhookconfigurations'),
    ],
    ['a kind in the clothes of another', kindOf('networking.k8s.io/v1', 'NetworkPolicy', 'ingresses')],
    ['a kind that all objects have', kindOf('constructor', 'constructor', 'x')],
    ['a Secret elsewhere', kindOf('v1', 'Secret', 'secrets')],
    ['a path as a namespace', forged(honest.deny, {}, { namespace: '../kube-system' })],
    ['no namespace', forged(honest.deny, {}, { namespace: undefined })],
    [
      'no label of the plan',
      forged(honest.deny, { body: { ...honest.deny.body, metadata: { name: objectName(planId), labels: {} } } }),
    ],
    [
      'a label the object inherits',
      forged(honest.deny, { body: { ...honest.deny.body, metadata: { name: objectName(planId) } } }),
    ],
    ['making an object anew', forged(honest.scale, { do: 'delete', preimage: { kind: 'Pod' }, propagation: 'Orphan' })],
    ['evicting', forged(honest.scale, { do: 'evict' })],
    [
      'a container',
      forged(honest.scale, { do: 'subresource', subresource: 'ephemeralcontainers', container: { name: 'x' } }),
    ],
    ['more replicas than there were', forged(honest.scale, { before: 0, after: 3 })],
    ['any number of replicas', forged(honest.scale, { before: 1_000_000 })],
    ['scaling in the state namespace', forged(honest.scale, {}, state)],
    ['scaling what has no scale', forged(honest.scale, {}, { kind: 'DaemonSet', resource: 'daemonsets' })],
    ['cordoning a node', forged(honest.cordon, {}, {}, { before: true, after: undefined })],
    ['taints', forged(honest.cordon, {}, {}, { path: ['spec', 'taints'], before: [] })],
    ['labels of a node', forged(honest.cordon, {}, {}, { ...inLabels('role'), before: 'x', after: undefined })],
    ['a node of any name', forged(honest.cordon, {}, { name: '../pods' })],
    ['stopping a job', forged(honest.suspend, {}, {}, { before: true, after: false })],
    ['the template of a job', forged(honest.suspend, {}, {}, { path: ['spec', 'jobTemplate'], before: {} })],
    [
      'a template of pods',
      forged(honest.suspend, {}, { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments' }),
    ],
    ['the record of another plan', forged(honest.token, {}, state)],
    ['the values of a Secret', forged(honest.token, {}, {}, { path: ['data', 'token'], before: 'x' })],
    ['a date for a token', forged(honest.token, {}, {}, { before: '2025-01-01' })],
    [
      'all subjects at once',
      forged(honest.revoke, { edits: [{ path: ['subjects'], before: [], after: null, restore: 'always' }] }),
    ],
    ['the role of a binding', forged(honest.revoke, {}, {}, { path: ['roleRef'] })],
    ['taking a subject away', forged(honest.revoke, {}, {}, { how: 'add' })],
    ['everyone as a subject', subject(group('system:authenticated'))],
    ['administrators', subject(group('system:masters'))],
    ['all accounts', subject(group('system:serviceaccounts'))],
    ['the controller manager', subject({ ...group('system:kube-controller-manager'), kind: 'User' })],
    ['a subject that cannot be typed', subject(group('dev\u202e'))],
    ['a subject with more to it', subject({ ...group('dev'), extra: 1 })],
    ['text as a subject', subject('sa:shop/api')],
    ['an enforced level that no lockdown sets', forged(honest.guard, {}, {}, { after: 'baseline' })],
    ['a privileged level', forged(honest.guard, {}, {}, { before: undefined, after: 'privileged' })],
    ['a level that a lockdown would not weaken', guarded('warn', { before: 'restricted', after: 'baseline' })],
    ['a level that is none', forged(honest.guard, {}, {}, { before: 'none' })],
    ['a version that is none', guarded('audit-version', { before: 'v1.x', after: 'v1.34' })],
    ['any label of a namespace', forged(honest.guard, {}, {}, inLabels('team'))],
    ['labels of the namespace of records', forged(honest.guard, {}, { name: here.stateNamespace })],
    ['the mark of another lockdown', guardedBy(markEdit('cccc-cccc-cccc', '2026-01-02T03:04:05.000Z', []))],
    ['a mark that says more', guardedBy({ ...markEdit(planId, '2026-01-02T03:04:05.000Z', []), after: 'x' })],
    ['putting a mark on', guardedBy({ ...markEdit(planId, '2026-01-02T03:04:05.000Z', []), before: 'x' })],
    ['another account', forged(honest.automount, {}, { name: 'builder' })],
    ['turning automount off', forged(honest.automount, {}, {}, { before: false, after: true })],
    ['a binding with a path', forged(honest.revoke, {}, { name: 'a/../b' })],
  ])('%s', (_, change) => {
    const { plan: kept, refused, mustType } = ofForged(honest.label, change)
    expect(kept.changes).toEqual([honest.label])
    expect(refused).toMatchObject([{ change: change.id, why: expect.stringMatching(/./) }])
    expect(mustType).toEqual([])
  })

  test('a ClusterRoleBinding may be given a subject back, which is typed with it', () => {
    expect(ofForged(forged(honest.revoke, {}, { ...crb, name: 'cluster-admin' }))).toMatchObject({
      refused: [],
      mustType: ['sa:shop/api@clusterrolebinding/cluster-admin'],
    })
  })

  const stripped = (edit: Loose) => forged(honest.strip, {}, {}, edit)
  test.each<[string, Change]>([
    ['a label where there was none', stripped({ before: undefined, after: 'api' })],
    ['a label in the place of another', stripped({ before: 'db', after: 'api' })],
    ['a label that is no value', stripped({ before: 'a b' })],
    ['a label that is a number', stripped({ before: 7 })],
    [
      'the mark of another plan',
      stripped({ ...inLabels(quarantineLabel('cccc-cccc-cccc')), before: undefined, after: 'true' }),
    ],
    ['our mark, put on', stripped({ ...inLabels(quarantineLabel(planId)), before: 'true', after: undefined })],
    ['the label of plans', stripped({ ...inLabels(planLabel), before: planId })],
    ['a cloud identity', stripped(inLabels('azure.workload.identity/use'))],
    ['a mesh that is left', stripped(inLabels('istio.io/dataplane-mode'))],
    ['a mesh below a domain', stripped(inLabels('security.istio.io/tlsMode'))],
    ['a key of all objects', stripped(inLabels('constructor'))],
    ['a prototype', stripped(inLabels('__proto__'))],
    ['all labels', stripped({ path: ['metadata', 'labels'], before: {} })],
    ['a role in a cloud', stripped({ path: ['metadata', 'annotations', 'iam.amazonaws.com/role'], before: 'admin' })],
    ['an address', stripped({ path: ['metadata', 'annotations', 'cni.projectcalico.org/podIP'], before: '10.0.0.1' })],
    ['an owner', stripped({ path: ['metadata', 'ownerReferences'], before: [] })],
    ['a finalizer', stripped({ path: ['metadata', 'finalizers'], item: 'x', how: 'add' })],
    ['its containers', stripped({ path: ['spec', 'containers'], before: [] })],
    ['a pod of the same name', forged(honest.strip, { edits: [honest.strip.edits[0]] }, { uid: 'zzzz' })],
    ['a pod that the plan never labelled', forged(honest.strip, { edits: [honest.strip.edits[0]] }, { name: 'db-0' })],
  ])('of pods: %s', (_, change) => {
    const { plan: kept, refused } = ofForged(honest.label, change)
    expect(kept.changes).toEqual([honest.label])
    expect(refused.length).toBe(1)
  })

  test('a field is given back once', () => {
    const { plan: kept, refused } = ofForged(honest.label, honest.strip, forged(honest.strip, { id: 'again' }))
    expect(kept.changes.map(({ id }) => id)).toEqual(['label-1', 'strip-1'])
    expect(refused.map(({ change }) => change)).toEqual(['again', 'again'])
  })

  test('labels are given back no sooner than they may be', () => {
    const always = {
      ...honest.strip,
      edits: honest.strip.edits.map((edit) => ({ ...edit, restore: 'always' as const })),
    }
    expect(ofForged(honest.label, always).plan.changes[1]).toMatchObject({
      edits: [{ restore: 'unquarantined' }, { restore: 'on-request' }],
    })
  })
})

const words = [
  planId,
  objectName(planId),
  'shop',
  here.stateNamespace,
  '..',
  '__proto__',
  'constructor',
  'metadata',
  'labels',
  'app',
  'subjects',
  'spec',
  'v1',
  'pods',
  'Pod',
  'Secret',
  'secrets',
  'true',
  quarantineLabel(planId),
  planLabel,
]
const value = fc.oneof(fc.constantFrom<unknown>(...words, true, false, null, 0, 3, undefined, [], {}), fc.string())

/** An honest plan with some of its values replaced. */
const mutants: fc.Arbitrary<Plan> = fc.array(fc.tuple(fc.nat(), value), { maxLength: 6 }).map((mutations) => {
  const draft = structuredClone(honestPlan.changes) as unknown[]
  for (const [at, replacement] of mutations) {
    const slots: [Loose, string][] = []
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return
      for (const key of Object.keys(node)) {
        if (typeof (node as Loose)[key] !== 'object' || key === 'item') slots.push([node as Loose, key])
        walk((node as Loose)[key])
      }
    }
    walk(draft)
    const [holder, key] = slots[at % slots.length] ?? [{}, '']
    holder[key] = replacement
  }
  return plan(draft as Change[])
})

test('of any plan, only the closed set is left', () => {
  let left = 0
  fc.assert(
    fc.property(mutants, (mutant) => {
      // As records are read: what is not of the shape of plans does not come so far.
      const read = planOf(JSON.parse(JSON.stringify(mutant)))
      if ('problem' in read) return
      const outcome = trusted(read.plan, here)
      for (const change of outcome.plan.changes) {
        left++
        expect(writesOf(change, outcome)).toEqual([])
      }
    }),
    { numRuns: 3000 },
  )
  expect(left).toBeGreaterThan(3000)
})

/** Why what undo would write is not in the closed set, by other means than the judge's. */
function writesOf(change: Change, { plan: { changes }, mustType }: Trusted): string[] {
  const wrong: string[] = []
  const mark = `metadata/labels/${quarantineLabel(planId)}`
  const isQuarantined = changes.some(
    (other) =>
      other.do === 'patch' &&
      isDeepStrictEqual(other.ref, change.ref) &&
      other.edits.some((edit) => edit.path.join('/') === mark),
  )
  const { ref } = change
  if (change.do === 'create') {
    if (!['NetworkPolicy', 'Pod', 'Secret', 'Namespace'].includes(ref.kind)) wrong.push(`deletes ${ref.kind}`)
    if (ref.kind === 'Namespace' && ref.name !== `kubectl-secure-${planId}-drill`) wrong.push('deletes a namespace')
    if (ref.name !== objectName(planId) && !ref.name.startsWith(`${objectName(planId)}-`))
      wrong.push(`deletes ${ref.name}`)
    if (ref.kind === 'Secret' && ref.namespace !== here.stateNamespace) wrong.push('deletes a Secret')
    if ((change.body.metadata['labels'] as Loose)[planLabel] !== planId) wrong.push('without the label')
  } else if (change.do === 'patch') {
    if (ref.namespace === here.stateNamespace) wrong.push('the state namespace')
    for (const edit of change.edits) {
      const at = edit.path.join('/')
      if ('item' in edit) {
        const { kind, name, namespace } = edit.item as Record<string, string>
        const typed = `${kind === 'ServiceAccount' ? `sa:${namespace}/` : `${String(kind).toLowerCase()}:`}${name}@`
        if (at !== 'subjects' || !mustType.some((text) => text.startsWith(typed))) wrong.push(`gives back ${typed}`)
      } else if (ref.kind === 'Pod' && at.startsWith('metadata/labels/')) {
        const isMark = at === mark
        if (isMark ? edit.before !== undefined : edit.after !== undefined) wrong.push(at)
        if (!isMark && !isQuarantined) wrong.push('a pod that was not quarantined')
      } else if (ref.kind === 'Secret') {
        if (!mustType.includes(`secret:${ref.namespace}/${ref.name}`) || edit.before !== undefined) wrong.push(at)
      } else if (ref.kind === 'Namespace' || ref.kind === 'ServiceAccount') {
        const typed = ref.kind === 'Namespace' ? `pod-security:${ref.name}` : `token:${ref.namespace}/${ref.name}`
        if (isMarkOf(planId, edit)) continue
        if (!mustType.includes(typed)) wrong.push(`unasked ${at}`)
        const isLevel = /^metadata\/labels\/pod-security\.kubernetes\.io\/(enforce|audit|warn)(-version)?$/.test(at)
        if (ref.kind === 'Namespace' ? !isLevel : at !== 'automountServiceAccountToken' || ref.name !== 'default')
          wrong.push(at)
      } else if (['spec/unschedulable', 'spec/suspend'].includes(at)) {
        if (edit.after !== true || edit.before) wrong.push(at)
      } else if (at === `metadata/annotations/${quarantineLabel(planId)}`) {
        // A mark of our own, which means nothing as an annotation, may be taken away.
        if (edit.before !== undefined) wrong.push(at)
      } else if (at !== 'metadata/annotations/karpenter.sh/do-not-disrupt') wrong.push(at)
    }
  } else if (change.do === 'scale') {
    if (!(change.before > change.after) || ref.namespace === here.stateNamespace) wrong.push('scale')
  } else wrong.push(change.do)
  return wrong
}
