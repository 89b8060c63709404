import AjvDraft04 from 'ajv-draft-04'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Finding, RisksReport } from '../../../src/risks/finding.ts'
import { type Places } from '../../../src/terminal/risks-sarif-places.ts'
import { risksSarif } from '../../../src/terminal/risks-sarif.ts'
import { hostileCharacters } from '../../../src/text/hostile.ts'
import { clusterBinding, clusterRole, hostileNames, roleBinding, rule, user } from '../rbac/worlds.ts'
import { everything, pod, risksIn, world } from '../risks/worlds.ts'
import schema from './sarif/sarif-2.1.0-rtm.5.data.json' with { type: 'json' }

const ajv = new AjvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false })
addFormats.default(ajv)
const validate = ajv.compile(schema)

type Sarif = {
  runs: {
    tool: { driver: { rules: { id: string; properties: Record<string, unknown> }[] } }
    invocations: { executionSuccessful: boolean; toolExecutionNotifications: unknown[] }[]
    results: {
      ruleId: string
      ruleIndex: number
      level: string
      message: { text: string }
      locations: {
        physicalLocation: { artifactLocation: { uri: string; uriBaseId?: string }; region?: { startLine: number } }
        logicalLocations: { fullyQualifiedName: string }[]
      }[]
      partialFingerprints: Record<string, string>
      baselineState?: string
      suppressions?: { justification: string }[]
    }[]
  }[]
}

function sarif(findings: Finding[], more: Partial<RisksReport> = {}, places: Places = () => undefined) {
  const report: RisksReport = {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'RisksReport',
    query: {},
    complete: true,
    gaps: [],
    notes: [],
    findings,
    ...more,
  }
  const { pieces, leftOut } = risksSarif(report, { version: '1.2.3', places })
  const text = [...pieces].join('')
  const log = JSON.parse(text) as Sarif
  validate(log)
  expect(validate.errors ?? []).toEqual([])
  const [run] = log.runs
  if (!run) throw new Error('no run')
  return { text, run, leftOut: leftOut().count }
}

const named = (name: string) =>
  risksIn(
    world(
      {
        clusterRoles: [
          clusterRole('boss', everything),
          clusterRole(name, rule({ resources: ['pods/*', 'secrets'], resourceNames: [name] })),
        ],
        clusterRoleBindings: [clusterBinding(name, 'boss', user(name))],
        roleBindings: [
          roleBinding('shop', name, name, user(`${name}2`)),
          roleBinding('shop', `${name}3`, 'gone', user('ann')),
        ],
      },
      {
        pods: [pod({ name, escapes: [{ kind: 'privileged', field: 'spec', root: true, detail: name }] })],
        secrets: [{ namespace: 'shop', name }],
      },
    ),
  )

test('is SARIF by its schema, and as code scanning takes it', async () => {
  const findings = await named('web')
  const { run } = sarif(findings)
  const ids = run.tool.driver.rules.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  expect(run.results.map(({ ruleId }) => ruleId)).toEqual(findings.map(({ rule }) => rule))
  for (const { ruleId, ruleIndex, level, locations, partialFingerprints } of run.results) {
    expect(ids[ruleIndex]).toBe(ruleId)
    expect(['error', 'warning', 'note']).toContain(level)
    expect(locations).toHaveLength(1)
    expect(partialFingerprints['primaryLocationLineHash']).toMatch(/^[a-z-]+-[0-9a-f]{16}:1$/)
  }
  for (const { properties } of run.tool.driver.rules) expect(Number(properties['security-severity'])).toBeGreaterThan(0)
  const wildcard = run.tool.driver.rules.find(({ id }) => id === 'wildcard')
  expect(wildcard?.properties['security-severity']).toBe('9.5')
})

test('the same risks make the same text', async () => {
  expect(sarif(await named('web')).text).toBe(sarif(await named('web')).text)
})

test('an object of a manifest is where it stands; one of a cluster where its API has it', async () => {
  const findings = await named('web')
  const at: Places = (kind) => (kind === 'ClusterRoleBinding' ? { file: 'deploy/a b.yaml', line: 7 } : undefined)
  const { run } = sarif(findings, {}, at)
  const of = (rule: string) => run.results.find(({ ruleId }) => ruleId === rule)?.locations[0]
  expect(of('wildcard')?.physicalLocation).toEqual({
    artifactLocation: { uri: 'deploy/a%20b.yaml' },
    region: { startLine: 7 },
  })
  expect(of('missing-role')?.physicalLocation.artifactLocation).toEqual({
    uri: 'apis/rbac.authorization.k8s.io/v1/namespaces/shop/rolebindings/web3',
    uriBaseId: 'API',
  })
  expect(of('pod-escape')?.logicalLocations[0]?.fullyQualifiedName).toBe('Pod/shop/web')
})

test('names are text: of no other line, link, placeholder or way up', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.constantFrom(...hostileNames, '..', '../../x', '[a](b)', '{0}', 'a\ud800'),
        fc.string({ minLength: 1 }),
      ),
      async (name) => {
        const { text, run } = sarif(await named(name))
        expect(text.replaceAll('\n', '').match(hostileCharacters)).toBe(null)
        for (const { message, locations } of run.results) {
          // What is escaped goes in pairs; what is left alone would be a placeholder or a link.
          expect(message.text.replaceAll(/\\\\|\\[[\]]|\{\{|\}\}/g, '')).not.toMatch(/[[\]{}]/)
          for (const { physicalLocation } of locations) {
            const { uri } = physicalLocation.artifactLocation
            expect(uri.split('/')).not.toContain('..')
            expect(new URL(uri, 'https://x/').href.startsWith('https://x/')).toBe(true)
          }
        }
      },
    ),
    { numRuns: 40 },
  )
})

test('what is new, changed, gone or excepted is said in its own fields', async () => {
  const [one, two] = await named('web')
  if (!one || !two) throw new Error('no findings')
  const changed = { ...one, change: 'changed' as const }
  const excepted = { ...two, change: 'new' as const, exception: { owner: 'sec', reason: 'known' } }
  const { run } = sarif([changed, excepted], { gone: [{ ...one, id: 'wildcard-0000000000000000' }] })
  expect(run.results.map(({ baselineState }) => baselineState)).toEqual(['updated', 'new', 'absent'])
  expect(run.results[1]?.suppressions).toMatchObject([{ justification: 'sec: known' }])
})

test('more than GitHub takes is left out from the end, and said', async () => {
  const [one] = await named('web')
  if (!one) throw new Error('no findings')
  const many = Array.from({ length: 25_010 }, () => one)
  const { run, leftOut } = sarif(many)
  expect([run.results.length, leftOut]).toEqual([25_000, 10])
  expect(JSON.stringify(run.invocations)).toContain('10 findings, the least severe, are left out')
})

test('an answer with gaps is no success', async () => {
  const { run } = sarif([], { complete: false, gaps: [{ what: 'list pods', why: 'no', hides: 'pods' }] })
  expect(run.invocations[0]?.executionSuccessful).toBe(false)
  expect(run.invocations[0]?.toolExecutionNotifications).toHaveLength(1)
})
