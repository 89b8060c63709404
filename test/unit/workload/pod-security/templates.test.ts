import { describe, expect, test } from 'vitest'
import { templatesOf } from '../../../../src/workload/pod-security/templates.ts'

const spec = { containers: [{ name: 'a' }] }
const template = { metadata: { labels: { a: 'b' } }, spec }
const head = (apiVersion: string, kind: string) => ({ apiVersion, kind, metadata: { name: 'x', namespace: 'n' } })

describe('templatesOf', () => {
  test.each([
    ['v1', 'Pod', { spec }, 'spec'],
    ['v1', 'PodTemplate', { template }, 'template.spec'],
    ['v1', 'ReplicationController', { spec: { template } }, 'spec.template.spec'],
    ['apps/v1', 'Deployment', { spec: { template } }, 'spec.template.spec'],
    ['apps/v1', 'ReplicaSet', { spec: { template } }, 'spec.template.spec'],
    ['apps/v1', 'StatefulSet', { spec: { template } }, 'spec.template.spec'],
    ['apps/v1', 'DaemonSet', { spec: { template } }, 'spec.template.spec'],
    ['batch/v1', 'Job', { spec: { template } }, 'spec.template.spec'],
    ['batch/v1', 'CronJob', { spec: { jobTemplate: { spec: { template } } } }, 'spec.jobTemplate.spec.template.spec'],
  ])('%s %s', (apiVersion, kind, body, specPath) => {
    const [found, ...more] = templatesOf({ ...head(apiVersion, kind), ...body })
    expect(found).toMatchObject({ apiVersion, kind, name: 'x', namespace: 'n', specPath, pod: { spec }, notes: [] })
    expect([...(found?.prefix ?? []), 'spec'].join('.')).toBe(specPath)
    expect(more).toEqual([])
  })

  test('kinds of the same name in other groups, other kinds, and controllers without a template have none', () => {
    expect(templatesOf({ ...head('example.com/v1', 'Deployment'), spec: { template } })).toEqual([])
    expect(templatesOf(head('v1', 'Service'))).toEqual([])
    expect(templatesOf({ ...head('v1', 'ReplicationController'), spec: { replicas: 1 } })).toEqual([])
    expect(templatesOf({ apiVersion: '__proto__', kind: 'constructor' })).toEqual([])
    expect(templatesOf({})).toEqual([])
  })

  test('a template that is no object is one that is malformed, not none', () => {
    for (const spec of [undefined, null, 'x', { template: 'x' }, { template: [] }]) {
      expect(templatesOf({ ...head('apps/v1', 'Deployment'), spec })).toMatchObject([{ pod: {}, notes: [] }])
    }
  })

  test.each([
    ['scaled-to-zero', { ...head('apps/v1', 'Deployment'), spec: { replicas: 0, template } }],
    ['suspended', { ...head('batch/v1', 'CronJob'), spec: { suspend: true, jobTemplate: { spec: { template } } } }],
    ['suspended', { ...head('batch/v1', 'Job'), spec: { suspend: true, template } }],
    [
      'ended',
      {
        ...head('batch/v1', 'Job'),
        spec: { template },
        status: { conditions: [{ type: 'Complete', status: 'True' }] },
      },
    ],
    ['ended', { ...head('v1', 'Pod'), spec, status: { phase: 'Succeeded' } }],
    ['static', { ...head('v1', 'Pod'), metadata: { annotations: { 'kubernetes.io/config.mirror': '' } }, spec }],
    ['static', { ...head('v1', 'Pod'), metadata: { ownerReferences: [{ kind: 'Node', controller: true }] }, spec }],
    ['runtime-class', { ...head('v1', 'Pod'), spec: { ...spec, runtimeClassName: 'kata' } }],
  ])('%s is noted', (note, object) => {
    expect(templatesOf(object)).toMatchObject([{ notes: [note] }])
  })

  test('what is nearly so is not noted', () => {
    const objects = [
      { ...head('apps/v1', 'Deployment'), spec: { replicas: 1, template } },
      {
        ...head('batch/v1', 'Job'),
        spec: { suspend: false, template },
        status: { conditions: [{ type: 'Complete', status: 'False' }] },
      },
      { ...head('v1', 'Pod'), spec, status: { phase: 'Running' }, metadata: { ownerReferences: [{ kind: 'Node' }] } },
    ]
    expect(objects.flatMap((object) => templatesOf(object).flatMap(({ notes }) => notes))).toEqual([])
  })

  test('the controller is the owner that manages the object', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd', uid: 'u' }
    const ownerReferences = [
      { ...owner, name: 'other' },
      { ...owner, controller: true },
    ]
    const object = { ...head('apps/v1', 'ReplicaSet'), metadata: { ownerReferences }, spec: { template } }
    expect(templatesOf(object)).toMatchObject([{ controller: owner }])
  })
})
