import { expect, test } from 'vitest'
import {
  gatherChange,
  lookedInto,
  outOfSight,
  sightOf,
  whyNoVolatile,
} from '../../../../src/evidence/volatile/container.ts'

const running = (name: string, more = {}) => ({ name, state: { running: {} }, ...more })
const podOf = (spec: object = {}, status: object = {}, metadata: object = {}) => ({
  metadata: { name: 'api', namespace: 'shop', uid: 'u', ...metadata },
  spec: { containers: [{ name: 'main' }, { name: 'side' }], ...spec },
  status: {
    phase: 'Running',
    containerStatuses: [running('main'), { name: 'side', state: { waiting: {} } }],
    ...status,
  },
})

test('where nothing can be seen from inside it says why', () => {
  expect(whyNoVolatile(podOf())).toBeUndefined()
  const mirror = { annotations: { 'kubernetes.io/config.mirror': 'x' } }
  expect(whyNoVolatile(podOf({}, {}, mirror))).toMatch(/static pod/)
  expect(whyNoVolatile(podOf({ os: { name: 'windows' } }))).toMatch(/Windows/)
  expect(whyNoVolatile(podOf({ nodeSelector: { 'kubernetes.io/os': 'windows' } }))).toMatch(/Windows/)
  expect(whyNoVolatile(podOf({ hostPID: true }))).toMatch(/of its node/)
  expect(whyNoVolatile(podOf({}, { phase: 'Failed' }))).toMatch(/ended/)
  expect(whyNoVolatile(podOf({}, { containerStatuses: [] }))).toMatch(/none of its containers/)
})

test('each container that runs is looked into, a sidecar too; one where they share their processes', () => {
  const sidecar = { initContainerStatuses: [running('proxy'), { name: 'done', state: { terminated: {} } }] }
  expect(lookedInto(podOf({}, sidecar))).toEqual(['main', 'proxy'])
  expect(lookedInto(podOf({ shareProcessNamespace: true }, sidecar))).toEqual(['main'])
})

test('a debug container with processes of its own is out of sight', () => {
  const ephemeralContainers = [{ name: 'own' }, { name: 'joined', targetContainerName: 'main' }, { name: 'over' }]
  const pod = podOf({ ephemeralContainers }, { ephemeralContainerStatuses: [running('own'), running('joined')] })
  expect(outOfSight(pod)).toEqual(['own'])
})

test('the one that sees all has two capabilities and no more; the other one is as the container it looks into', () => {
  const securityContext = {
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  }
  const user = { linux: { uid: 1000, gid: 1001 } }
  const pod = podOf(
    { containers: [{ name: 'main', securityContext }] },
    { containerStatuses: [running('main', { user })] },
  )
  const words = { planId: 'aaaa-bbbb-cccc', image: 'i', index: 1 }
  const tracer = gatherChange(pod, 'main', { ...words, sight: 'tracer' })
  expect(tracer.container['securityContext']).toMatchObject({
    runAsUser: 0,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], add: ['SYS_PTRACE', 'DAC_READ_SEARCH'] },
  })
  const alike = gatherChange(pod, 'main', { ...words, sight: 'alike' })
  expect(alike.container['securityContext']).toEqual({
    ...securityContext,
    runAsUser: 1000,
    runAsGroup: 1001,
    readOnlyRootFilesystem: true,
  })
  expect([sightOf(tracer), sightOf(alike)]).toEqual(['tracer', 'alike'])
  expect(tracer).toMatchObject({
    ref: { name: 'api', uid: 'u' },
    optional: true,
    container: { targetContainerName: 'main' },
  })
})
