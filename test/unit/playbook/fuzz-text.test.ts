import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SecureError } from '../../../src/errors.ts'
import { compile } from '../../../src/playbook/expression.ts'
import { openLibrary } from '../../../src/playbook/library.ts'
import { anyTexts, mutatedTexts, wrongWithText } from './fuzz-text.ts'

// More of them: npm run fuzz:playbook.
describe('a file that is to be a playbook', () => {
  it.each([
    ['mutated', mutatedTexts],
    ['of anything', anyTexts],
  ])('%s is taken, or refused by file and line', async (_what, texts) => {
    await fc.assert(
      fc.asyncProperty(texts, async (text) => {
        expect(await wrongWithText(text)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  const largest = 1024 * 1024
  const head =
    'apiVersion: kubectl-secure.github.io/v1\nkind: Playbook\nmetadata: {name: a, version: 1.0.0, title: a}\n'
  const steps = 'steps: [{id: a, type: note, text: a}]\n'
  const bombs: [string, string][] = [
    [
      'aliases of aliases',
      `a: &a [x]\n${Array.from({ length: 40 }, (_, at) => `b${at}: &b${at} [*a, *a]`).join('\n')}`,
    ],
    ['nested lists', '['.repeat(largest / 2)],
    ['nested lists that end', `${'['.repeat(largest / 2)}${']'.repeat(largest / 2)}`],
    ['nested maps', '{a: '.repeat(largest / 4)],
    ['nested maps by lines', Array.from({ length: 1400 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
    [
      'a nested default',
      `${head}inputs: {a: {type: string, ask: a, default: ${'['.repeat(5000)}${']'.repeat(5000)}}}\n${steps}`,
    ],
    ['documents', '---\n'.repeat(largest / 4)],
    ['documents of comments', '---\n#\n'.repeat(largest / 6)],
    ['anchors', '&a '.repeat(largest / 3)],
    ['tags', '!'.repeat(largest)],
    ['quotes', '"'.repeat(largest)],
    ['line feeds', '\n'.repeat(largest)],
    ['carriage returns', '\r'.repeat(largest)],
    ['spaces', ' '.repeat(largest)],
    ['one long word', 'a'.repeat(largest)],
    ['one long number', '9'.repeat(largest)],
    ['dashes', '- '.repeat(largest / 2)],
    ['keys', Array.from({ length: 40_000 }, (_, at) => `a${at}: ${at}`).join('\n')],
    ['the same key', 'steps: []\n'.repeat(50_000)],
    ['steps', `${head}steps:\n${'  - {id: a, type: note, text: a}\n'.repeat(30_000)}`],
    ['holes', `${head}steps: [{id: a, type: note, text: "${'${{ 1 }}'.repeat(400)}"}]`],
    ['holes that do not end', `${head}steps: [{id: a, type: note, text: "${'${{ '.repeat(700)}"}]`],
    ['braces', `${head}steps: [{id: a, type: note, text: "\${{${'}'.repeat(3000)}"}]`],
  ]
  it.each(bombs)('of a MiB of %s is refused, and soon', async (_what, text) => {
    expect(await wrongWithText(text)).toEqual([])
  })

  it('of any bytes is no playbook, or a reason', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-fuzz-'))
    const path = join(folder, 'own.yaml')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        writeFileSync(path, bytes)
        await expect(openLibrary({ env: {}, home: folder }).find(path)).rejects.toBeInstanceOf(SecureError)
      }),
      { numRuns: 50 },
    )
    writeFileSync(path, 'a'.repeat(largest + 1))
    await expect(openLibrary({ env: {}, home: folder }).find(path)).rejects.toThrow('larger than')
  })
})

describe('an expression', () => {
  const ten = '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]'
  it.each([
    ['loops in loops', Array.from('abcdefgh').reduce((inner, name) => `${ten}.all(${name}, ${inner})`, 'true')],
    ['a list that doubles', `[[0]]${'.map(a, a + a)'.repeat(40)}`],
    ['a text that doubles', `["aaaaaaaaaa"]${'.map(a, a + a)'.repeat(40)}`],
    ['bindings that double', Array.from('abcdefgh').reduce((inner, name) => `cel.bind(${name}, [1], ${inner})`, '[1]')],
  ])('that would never end by %s is none', async (_what, source) => {
    await expect(compile(source)).rejects.toThrow('at most 2 of')
  })

  it('of what is too large for a journal has no value', async () => {
    const list = Array.from({ length: 2000 }, (_, at) => at)
    const source = `[inputs.all].map(a, ${Array.from({ length: 60 }, () => 'a').join(' + ')})`
    const made = await compile(source)
    expect(() => made.evaluate({ inputs: { all: list }, steps: {} })).toThrow('parts')
    expect(made.evaluate({ inputs: { all: [1] }, steps: {} })).toEqual([Array.from({ length: 60 }, () => 1)])
  })

  it.each(["double('NaN')", '1.0 / 0.0'])('%s is no value, as no journal could keep it', async (source) => {
    const made = await compile(source)
    expect(() => made.evaluate({ inputs: {}, steps: {} })).toThrow('no JSON')
  })
})
