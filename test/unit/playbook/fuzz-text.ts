import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { SecureError } from '../../../src/errors.ts'
import { actions } from '../../../src/playbook/actions/index.ts'
import { shippedFolder } from '../../../src/playbook/library.ts'
import { readPlaybook } from '../../../src/playbook/read.ts'
import { mistakesIn } from '../../../src/playbook/validate-file.ts'

const shipped = readdirSync(shippedFolder)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(join(shippedFolder, name), 'utf8'))

/** Pieces that trip readers of YAML, of JSON Schema, of CEL and of what is between them. */
const pieces = [
  '&a [*a, *a]',
  '*a',
  '<<: {id: x}',
  '<<: *a',
  '!!js/function x',
  '!!binary AAAA',
  '? [a, b] : c',
  '--- ',
  '...',
  '%YAML 1.1',
  '__proto__: {polluted: true}',
  'constructor: {prototype: {}}',
  'toString: 1',
  '"\\u0000": 1',
  '"a\\nb.yaml:9: c": 1',
  '\0',
  '\x1B[31m',
  '‮',
  '﻿',
  '\u2028',
  '\ud800',
  '	',
  '\r',
  '\r\n',
  '"',
  "'",
  '|',
  '>',
  '{',
  '[',
  '}',
  ']',
  ':',
  '#',
  '- ',
  '1e999',
  '-0',
  '0x7fffffffffffffffffffffffffffffff',
  '99999999999999999999',
  '.nan',
  '.inf',
  'yes',
  'null',
  '~',
  '2026-01-01',
  '${{ inputs',
  '${{ }}',
  '${{ ${{ 1 }} }}',
  '${{ [1].map(a, a + a).map(b, b) }}',
  '${{ steps.constructor }}',
  '}}',
  '${{ "}}" }}',
  'id: end',
  'next: end',
  'type: shell',
  'run: constructor',
  'when: "true"',
  'pattern: "("',
  'type: call',
  'steps: []',
  'inputs: {}',
]
const tokens = fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 6 }))

type Edit = { how: 'insert' | 'replace' | 'drop' | 'repeat' | 'swap'; at: number; size: number; text: string }
const edits = fc.array(
  fc.record<Edit>({
    how: fc.constantFrom('insert', 'replace', 'drop', 'repeat', 'swap'),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    size: fc.nat(80),
    text: tokens,
  }),
  { minLength: 1, maxLength: 6 },
)

function edited(text: string, { how, at, size, text: piece }: Edit): string {
  const from = Math.floor(at * text.length)
  const [before, cut, after] = [text.slice(0, from), text.slice(from, from + size), text.slice(from + size)]
  if (how === 'insert') return `${before}${piece}${cut}${after}`
  if (how === 'replace') return `${before}${piece}${after}`
  if (how === 'drop') return `${before}${after}`
  if (how === 'repeat') return `${before}${cut}${cut}${after}`
  const lines = text.split('\n')
  const [one, other] = [Math.floor(at * lines.length), size % lines.length]
  ;[lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? '']
  return lines.join('\n')
}

/** Playbooks that ship with something wrong in them, or with anything in the place of one line's value. */
export const mutatedTexts = fc.oneof(
  fc.tuple(fc.constantFrom(...shipped), edits).map(([text, all]) => all.reduce(edited, text)),
  fc.tuple(fc.constantFrom(...shipped), fc.nat(200), fc.oneof(tokens, fc.json())).map(([text, at, value]) => {
    const lines = text.split('\n')
    const line = at % lines.length
    lines[line] = (lines[line] ?? '').replace(/:( .*)?$/, () => `: ${value}`)
    return lines.join('\n')
  }),
)

/** Anything that could be in a file. */
export const anyTexts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(tokens, { maxLength: 30 }).map((all) => all.join('\n')),
  fc.array(tokens, { maxLength: 30 }).map((all) => all.join('')),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
)

/** What is wrong with how a text is read; it is taken, or refused by file and line, and nothing else. */
export async function wrongWithText(text: string): Promise<string[]> {
  const wrong: string[] = []
  try {
    await readPlaybook('own.yaml', text, actions)
  } catch (error) {
    if (!(error instanceof SecureError)) throw error
    const lines = text.split(/\r\n?|\n/).length
    for (const line of error.message.split('\n')) {
      const at = Number(/^own\.yaml:(\d+): /.exec(line)?.[1])
      if (!(at >= 1 && at <= lines)) wrong.push(`it says no file and line: ${JSON.stringify(line)}`)
    }
    if (error.code !== 'usage') wrong.push(`it is refused as ${error.code}`)
  }
  for (const { line } of await mistakesIn(text)) if (!(line >= 1)) wrong.push(`a mistake is in line ${line}`)
  if ('polluted' in {}) wrong.push('Object.prototype was written to')
  return wrong
}
