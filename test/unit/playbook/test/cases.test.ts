import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { actions } from '../../../../src/playbook/actions/index.ts'
import { openLibrary } from '../../../../src/playbook/library.ts'
import { starter } from '../../../../src/playbook/starter.ts'
import { checkedTest, testedBy, testPathOf } from '../../../../src/playbook/test/read.ts'
import { testSchema } from '../../../../src/playbook/test/schema.ts'
import { testPlaybook } from '../../../../src/playbook/test/test-playbook.ts'

const playbook = `apiVersion: kubectl-secure.github.io/v1
kind: Playbook
metadata: {name: own, version: 1.0.0, title: Ours}
inputs:
  pod: {type: pod, ask: Which?, default: shop/web}
steps:
  - {id: facts, type: command, run: pod.facts, with: {pod: "\${{ inputs.pod }}"}}
  - {id: quick, type: command, run: evidence.collect, with: {target: "\${{ inputs.pod }}"}, onFail: continue}
  - {id: sure, type: decision, ask: Sure?, cases: {yes: {label: Go, next: gone}, no: {label: Stop, next: end}}}
  - {id: gone, type: command, run: pod.delete, with: {target: "\${{ inputs.pod }}"}, destroys: [it], requires: [quick]}
  - {id: dead, type: verify, run: token.dead, with: {pod: "\${{ inputs.pod }}"}, until: outputs.dead, timeout: 60s}
  - {id: told, type: notify, channel: oncall, message: gone, when: steps.facts.hostNetwork}
`
const head = `apiVersion: kubectl-secure.github.io/v1
kind: PlaybookTest
cluster:
  - {apiVersion: v1, kind: Namespace, metadata: {name: shop}}
  - {apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: web}, spec: {containers: [{name: web, image: web}]}}
outcomes: {dead: {outputs: {dead: true}}}
cases:
`
const cases = `  - name: it is deleted
    answers: {decisions: {sure: yes}}
    expect:
      path: [facts, quick, sure, gone, dead, told: skipped]
      changes: {gone: {run: pod.delete, with: {target: Pod shop/web}, undo: [create Pod shop/web], lost: [Pod shop/web]}}
`

function bench(test: string, more: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'playbook-test-'))
  for (const [name, text] of Object.entries({ 'own.yaml': playbook, 'own.test.yaml': test, ...more })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  const library = openLibrary({ env: { KUBECTL_SECURE_PLAYBOOKS: folder }, home: folder })
  return { library, path: join(folder, 'own.test.yaml') }
}

async function complaintsOf(test: string, more: Record<string, string> = {}): Promise<string[]> {
  const { library, path } = bench(test, more)
  const about = { read: await library.named('own'), library: library.named, actions }
  const { complaints } = await checkedTest(path, about)
  return complaints.map(({ line, pointer, why }) => `${line}: ${pointer}: ${why}`)
}

async function ran(test: string, more: Record<string, string> = {}) {
  const { library, path } = bench(test, more)
  const about = { read: await library.named('own'), library: library.named, actions }
  const { cases: whole, complaints } = await checkedTest(path, about)
  expect(complaints).toEqual([])
  return await testPlaybook(about, whole ?? [])
}
const found = async (test: string) =>
  (await ran(test)).cases.flatMap(({ differences }) =>
    differences.map(({ at, expected, got }) => `${at}: ${expected} | ${got}`),
  )

test('the schema in docs is the one that is read by', () => {
  expect(JSON.parse(readFileSync('docs/playbook-test.schema.json', 'utf8'))).toEqual(testSchema)
})

test('tests are beside their playbook, and are no playbooks', async () => {
  expect(testPathOf('a/own.yml')).toBe('a/own.test.yml')
  expect(testedBy('a/own.test.yaml')).toBe('a/own.yaml')
  expect(testedBy('a/own.yaml')).toBeUndefined()
  expect(await bench(head + cases).library.names()).not.toContain('own.test')
})

describe('a case', () => {
  it('passes where all is as it was expected, and says which ways no case takes', async () => {
    const report = await ran(head + cases)
    expect(report.cases).toMatchObject([{ ok: true, differences: [], end: 'finished' }])
    expect(report.coverage).toEqual({
      ways: 10,
      missing: ['quick: in no case it fails (onFail: continue)', 'sure: nobody decides no', 'told: no case takes it'],
    })
  })

  it.each([
    ['another step', [' gone, dead', ' dead']],
    ['another outcome', ['told: skipped', 'told']],
    ['the path is longer', [', told: skipped]', ']']],
    ['another value', ['target: Pod shop/web}', 'target: Pod shop/other}']],
    ['another undo', ['undo: [create Pod shop/web]', 'undo: []']],
    ['another loss', ['lost: [Pod shop/web]', 'lost: []']],
    ['another action', ['run: pod.delete', 'run: object.delete']],
    ['a change that was not expected', [/ *changes: .*\n/, '']],
    ['a change that was not made', ['decisions: {sure: yes}', 'decisions: {sure: no}']],
    ['another end', [/( *)changes:/, '$1end: stopped\n$1changes:']],
  ] as [string, [string | RegExp, string]][])('fails where there is %s', async (_what, [from, to]) => {
    expect(cases).toMatch(typeof from === 'string' ? new RegExp(from.replaceAll(/[[\]{}]/g, String.raw`\$&`)) : from)
    const differences = await found(head + cases.replace(from, to))
    expect(differences.length).toBeGreaterThan(0)
  })

  it('says what was expected and what came, at the first step that is another', async () => {
    expect(await found(head + cases.replace('gone, dead, told: skipped', 'dead'))).toEqual([
      'path, after sure: dead | gone',
    ])
    expect(await found(head + cases.replace('{sure: yes}', '{}'))).toEqual([
      'path, after quick: sure | sure failed (the test does not answer the decision sure)',
      'gone: a change by pod.delete | none',
      'end: finished | stopped: sure: the test does not answer the decision sure',
    ])
  })

  it('states what fails, what is not complete and what is not confirmed', async () => {
    const stopped = (path: string, why: string, more: string) =>
      `${head}  - {name: x, answers: {decisions: {sure: yes}, ${more}, expect: {path: [${path}], end: stopped, why: "${why}"}}\n`
    const gone = 'facts, quick, sure, gone: failed'
    expect(await found(stopped(gone, 'is in no evidence', '}, outcomes: {quick: {complete: false}}'))).toEqual([])
    expect(await found(stopped(gone, 'nobody said no', 'confirm: {gone: false}}'))).toEqual([])
    expect(await found(stopped(gone, 'gone: a quota', '}, outcomes: {gone: {fails: a quota}}'))).toEqual([])
    const failed = 'facts, quick: failed, sure, gone: failed'
    expect(await found(stopped(failed, 'quick is not complete', '}, outcomes: {quick: {fails: late}}'))).toEqual([])
    const unknown = head.replace(/outcomes.*\n/, '')
    const [difference] = await found(unknown + cases)
    expect(difference).toContain('dead failed (no fixture says what token.dead would: state it under outcomes')
  })

  it('changes its own fixture alone: the next case begins with what the files say', async () => {
    const { cases: reports } = await ran(head + cases + cases.replace('it is deleted', 'and again'))
    expect(reports.map(({ ok }) => ok)).toEqual([true, true])
  })

  it('takes its cluster from a folder beside it', async () => {
    const pod = (name: string) =>
      `{apiVersion: v1, kind: Pod, metadata: {namespace: shop, name: ${name}}, spec: {containers: [{name: a, image: a}]}}\n`
    const files = { 'pods/a.yaml': pod('web'), 'pods/deep/b.yaml': pod('other') }
    const { cases: reports } = await ran(head.replace(/cluster:\n.*\n.*\n/, 'cluster: pods\n') + cases, files)
    expect(reports).toMatchObject([{ ok: true }])
  })
})

test('the tests that docs show are those of a new playbook, and pass', async () => {
  const shown = /```yaml\n(apiVersion: [^`]*kind: PlaybookTest[^`]*)```/.exec(
    readFileSync('docs/playbooks.md', 'utf8'),
  )?.[1]
  const shop = readFileSync('playbooks/fixtures/shop.yaml', 'utf8')
  const { cases: reports, coverage } = await ran(shown ?? '', {
    'own.yaml': starter('own'),
    'fixtures/shop.yaml': shop,
  })
  expect(reports.map(({ name, differences }) => [name, differences])).toEqual([
    ['the pod is cut off', []],
    ['evidence comes too late, and the cut is refused', []],
  ])
  expect(coverage.missing).toEqual(['bad: nobody decides ours'])
})

describe('tests that are not right', () => {
  it.each([
    ['a field', ['expect:', 'expects:'], /^10: \/cases\/0\/expects: there is no such field: did you mean expect\?/m],
    [
      'a step in a path',
      ['[facts, quick', '[facts, quik'],
      /^11: \/cases\/0\/expect\/path\/1: there is no step quik: did you mean quick\?/,
    ],
    ['a step in changes', ['{gone: {run', '{gon: {run'], /changes\/gon: there is no step gon: did you mean gone\?/],
    ['an answer', ['decisions: {sure', 'decisions: {sur'], /^9: .*nothing asks for sur: did you mean sure\?/],
    ['a case of a decision', ['sure: yes', 'sure: yess'], /there is no case "yess": did you mean yes\?/],
    [
      'an outcome',
      ['outcomes: {dead', 'outcomes: {ded'],
      /^6: \/outcomes\/ded: there is no step ded: did you mean dead\?/,
    ],
    ['an output', ['outputs: {dead', 'outputs: {deads'], /^6: .*token.dead gives no deads: did you mean dead\?/],
    ['the type of an output', ['dead: true', 'dead: maybe'], /token.dead gives a bool for dead/],
    ['what does not fail', ['{dead: {outputs: {dead: true}}}', '{sure: {fails: x}}'], /a decision does not fail/],
    ['both ends of a step', ['{outputs: {dead', '{fails: x, outputs: {dead'], /either fails, or what it gives/],
    ['evidence that is none', ['{outputs: {dead: true}}', '{complete: false}'], /only evidence is complete or not/],
    ['an outcome of a path', ['told: skipped', 'told: skiped'], /must be one of skipped, failed/],
    [
      'an object of a cluster',
      ['kind: Namespace, ', ''],
      /^3: \/cluster: an object of a cluster has an apiVersion and a kind/,
    ],
  ] as [string, [string, string], RegExp][])('say which line of %s is wrong', async (_what, [from, to], expected) => {
    const text = head + cases
    expect(text).toContain(from)
    expect((await complaintsOf(text.replace(from, to))).join('\n')).toMatch(expected)
  })

  it.each(['/etc', '../other', 'a/../../b', 'nowhere'])('a cluster at %s is not read', async (path) => {
    const text = head.replace(/cluster:\n.*\n.*\n/, `cluster: ${path}\n`) + cases
    expect((await complaintsOf(text)).join('\n')).toMatch(/^3: \/cluster: .*(?:beside its test|no such file)/)
  })

  it('two cases have two names', async () => {
    expect((await complaintsOf(head + cases + cases)).join('\n')).toMatch(
      /\/cases\/1\/name: there is a case "it is deleted"/,
    )
  })

  it('never trip it, whatever is in them', async () => {
    const { library, path } = bench(head)
    const about = { read: await library.named('own'), library: library.named, actions }
    const anything = fc.oneof(fc.jsonValue(), fc.constantFrom('facts', 'own.yaml', {}, [], null))
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('cluster', 'answers', 'outcomes', 'cases'), anything),
        async (file) => {
          writeFileSync(
            path,
            JSON.stringify({ apiVersion: 'kubectl-secure.github.io/v1', kind: 'PlaybookTest', ...file }),
          )
          const { cases: whole, complaints } = await checkedTest(path, about)
          expect(whole === undefined).toBe(complaints.length > 0)
        },
      ),
      { numRuns: 100 },
    )
  })
})
