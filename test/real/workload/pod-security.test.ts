import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createObject, getObject, patchObject } from '../../../src/cluster/write.ts'
import { compareWarnings, enforceWarnings } from '../../../src/workload/pod-security/dry-run-warnings.ts'
import { applyEdits } from '../../../src/workload/pod-security/edit.ts'
import { evaluatePod, forbiddenDetail } from '../../../src/workload/pod-security/evaluate.ts'
import { levelText, type LevelVersion, versionOn } from '../../../src/workload/pod-security/level.ts'
import { namespaceLevels } from '../../../src/workload/pod-security/namespace-levels.ts'
import { describeWithCluster } from '../../cluster/suite.ts'
import { arbitraryPod, arbitrarySecurity } from '../../unit/workload/pod-security/arbitrary-pod.ts'
import { labelPrefix, namedPod, openStage, withAppArmorFields } from './pod-security-stage.ts'

const levels: LevelVersion[] = [
  ...(['v1.0', 'v1.18', 'v1.19', 'v1.27', 'v1.30', 'v1.33', 'latest'] as const).map((version) => {
    return { level: 'baseline' as const, version }
  }),
  ...(['v1.0', 'v1.8', 'v1.19', 'v1.22', 'v1.24', 'v1.25', 'v1.34', 'v1.99', 'latest'] as const).map((version) => {
    return { level: 'restricted' as const, version }
  }),
]
const nameOf = ({ level, version }: LevelVersion) => `${level}-${version.replace('.', '-')}`
// A pod that nothing is wrong with but its security.
const wrong = { spec: { hostPID: true, containers: [{ name: 'a', image: 'x' }] } }

describeWithCluster('control-plane', 'Pod Security Standards', (cluster) => {
  test('the API server refuses the same pods in the same words, and takes them with all fixes made', async () => {
    const { minor, namespace, ask } = await openStage(cluster())
    await Promise.all(levels.map((at) => namespace(nameOf(at), { enforce: at.level, 'enforce-version': at.version })))
    const seen = { created: 0, invalid: 0, refused: 0, fixed: 0 }
    const judgement = fc.asyncProperty(arbitraryPod, fc.constantFrom(...levels), async (pod, at) => {
      const verdict = await ask(nameOf(at), pod)
      if (verdict === 'invalid') return void (seen.invalid += 1)
      const violations = evaluatePod(at.level, versionOn(minor, at.version), pod)
      const seenByServer = evaluatePod(at.level, versionOn(minor, at.version), withAppArmorFields(pod))
      const refusal = { level: levelText(at), detail: forbiddenDetail(seenByServer) }
      expect(verdict).toEqual(violations.length === 0 ? 'created' : refusal)
      seen[verdict === 'created' ? 'created' : 'refused'] += 1
      if (verdict === 'created' || violations.some(({ fix }) => !fix)) return
      const fixed = applyEdits(
        pod,
        violations.flatMap(({ fix }) => fix?.edits ?? []),
      )
      expect(await ask(nameOf(at), fixed)).toBe('created')
      seen.fixed += 1
    })
    await fc.assert(judgement, { numRuns: 600, seed: 1 })
    // Most pods are to be ones that say something.
    expect(seen.created).toBeGreaterThan(30)
    expect(seen.fixed).toBeGreaterThan(200)
    expect(seen.invalid).toBeLessThan(150)
  })

  test('it warns of the same pods when a namespace begins to enforce a level', async () => {
    const { api, minor, namespace } = await openStage(cluster())
    await namespace('busy', {})
    const drawn = fc.sample(arbitraryPod, { numRuns: 25, seed: 2 })
    const pods: { metadata: { name: string } }[] = []
    for (const [index, pod] of drawn.entries()) {
      for (const copy of index % 2 === 0 ? ['a'] : ['a', 'b', 'c']) {
        const made = createObject(api, '/api/v1/namespaces/busy/pods', namedPod(`${copy}${index}`, pod))
        await made.then(
          (pod) => pods.push(pod),
          (error: unknown) => expect(error).toMatchObject({ code: 'invalid' }),
        )
      }
    }
    expect(pods.length).toBeGreaterThan(25)
    for (const at of levels) {
      const expected = enforceWarnings('busy', at, pods, versionOn(minor, at.version))
      const edit = (key: string, value: string) => {
        return { op: 'add' as const, path: `/metadata/labels/pod-security.kubernetes.io~1${key}`, value }
      }
      // What the plugin has seen of pods may be a moment old.
      await expect
        .poll(async () => {
          const got: string[] = []
          const ops = [edit('enforce', at.level), edit('enforce-version', at.version)]
          await patchObject(api, '/api/v1/namespaces/busy', ops, { dryRun: true, onWarning: (text) => got.push(text) })
          return { ...compareWarnings(expected, got), agreed: got.length > 1 }
        })
        .toMatchObject({ missing: [], unexpected: [], isPartial: false, agreed: true })
    }
    const [first, second = '', ...rest] = enforceWarnings(
      'busy',
      { level: 'restricted', version: 'latest' },
      pods,
      'v1.34',
    )
    expect(first).toContain('restricted:latest')
    const compared = compareWarnings([second, ...rest], [second, 'x'])
    expect(compared).toEqual({ missing: rest, unexpected: ['x'], isPartial: false })
  })

  test('ephemeral containers are judged with the pod that they go into', async () => {
    const { api, minor, namespace, debug } = await openStage(cluster())
    await namespace('debugged', {})
    const path = '/api/v1/namespaces/debugged/pods/a'
    const plain = { spec: { securityContext: { runAsNonRoot: true }, containers: [{ name: 'a', image: 'x' }] } }
    await createObject(api, '/api/v1/namespaces/debugged/pods', namedPod('a', plain))
    const label = {
      op: 'add' as const,
      path: '/metadata/labels/pod-security.kubernetes.io~1enforce',
      value: 'restricted',
    }
    await patchObject(api, '/api/v1/namespaces/debugged', [label])
    const pod = (await getObject(api, path)) as unknown as { spec: object }
    let judged = 0
    const judgement = fc.asyncProperty(arbitrarySecurity, async (securityContext) => {
      const container = { name: 'debug', image: 'x', ...(securityContext && { securityContext }) }
      const more = { ...pod, spec: { ...pod.spec, ephemeralContainers: [container] } }
      const expected = forbiddenDetail(evaluatePod('restricted', versionOn(minor, 'latest'), more))
      const verdict = await debug(path, container)
      if (verdict === 'invalid') return
      expect(verdict).toEqual({ level: 'restricted:latest', detail: expected })
      judged += 1
    })
    await fc.assert(judgement, { numRuns: 60, seed: 3 })
    expect(judged).toBeGreaterThan(40)
  })

  test('labels of namespaces mean the same, and the same are refused', async () => {
    const { api, minor, namespace, namespaceRefusal, ask } = await openStage(cluster())
    let made = 0
    const maybe = <T>(...values: T[]) => fc.option(fc.constantFrom(...values), { nil: undefined, freq: 2 })
    const version = maybe('latest', 'v1.0', 'v1.12', 'v1.99', '1.2', 'v1.02', '')
    const level = maybe('privileged', 'baseline', 'restricted', 'restricted', 'Baseline', '')
    const labels = fc.record({ enforce: level, 'enforce-version': version, warn: level, 'warn-version': version })
    const judgement = fc.asyncProperty(labels, async (drawn) => {
      const given = Object.fromEntries(Object.entries(drawn).filter(([, value]) => value !== undefined)) as Record<
        string,
        string
      >
      const written = Object.fromEntries(Object.entries(given).map(([key, value]) => [`${labelPrefix}${key}`, value]))
      const { enforce, warn, problems } = namespaceLevels({ metadata: { labels: written } })
      const name = `labelled-${made}`
      if (problems.length > 0) {
        const lines = problems.map(
          ({ label, value, message }) =>
            `metadata.labels[${label}]: Invalid value: ${JSON.stringify(value)}: ${message}`,
        )
        const refusal = await namespaceRefusal(name, given)
        expect(refusal).toContain(lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`)
        return
      }
      await namespace(name, given)
      made += 1
      const got: string[] = []
      const onWarning = (text: string) => got.push(text)
      const create = createObject(api, `/api/v1/namespaces/${name}/pods`, namedPod('a', wrong), {
        dryRun: true,
        onWarning,
      })
      const detailAt = ({ level, version }: LevelVersion) =>
        forbiddenDetail(evaluatePod(level, versionOn(minor, version), wrong))
      if (enforce.level === 'privileged') {
        await create
        const warning = `would violate PodSecurity "${levelText(warn)}": ${detailAt(warn)}`
        expect(got).toEqual(warn.level === 'privileged' ? [] : [warning])
      } else {
        await expect(create).rejects.toMatchObject({ code: 'forbidden' })
        expect(await ask(name, wrong)).toEqual({ level: levelText(enforce), detail: detailAt(enforce) })
        expect(got).toEqual([])
      }
    })
    await fc.assert(judgement, { numRuns: 80, seed: 4 })
    expect(made).toBeGreaterThan(20)
  })
})
