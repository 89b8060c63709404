import type { GeneratorValue } from 'fast-check'
import fc from 'fast-check'

/** What a name stands for, as far as it is known: what may be behind its dot. */
export type Known = { name: string; fields: string[] }

export const hostile = [
  'a${{ inputs.ns }}b',
  '${{ 1 + 1 }}',
  '"; rm -rf / #',
  "' + inputs.ns + '",
  '../../etc/passwd',
  'a\u001b[2Jb',
  'a\u202eb',
  '<script>alert(1)</script>',
  '<!channel>',
  '=cmd|x!A1',
  'a\nBcc: b',
  '__proto__',
  '',
]
const fields = ['name', 'namespace', 'uid', 'kind', 'exists', 'metadata', 'constructor', '__proto__', 'length', 'x']
const word = (text: string): string => JSON.stringify(text)

const broken = ['inputs.nobody', 'steps.nobody.x', 'outputs.x', 'nobody', '1 +', '}}', 'steps', 'inputs']
const literals = [
  'true',
  'false',
  'null',
  '[]',
  '{}',
  "b'x'",
  '1.5',
  "timestamp('2026-01-01T00:00:00Z')",
  '-7',
  '9223372036854775807',
]

/** CEL of all kinds over what is known, mostly right. */
export function drawCel(g: GeneratorValue, known: readonly Known[], depth = 3): string {
  const pick = (all: readonly string[]): string => g(fc.constantFrom, ...all)
  // What is known by its name alone is checked when it is there: it passes until then.
  const atom = (): string => {
    const kind = g(fc.nat, 9)
    if (kind === 0) return pick(literals)
    if (kind === 1) return word(pick(['shop', 'web', ...hostile]))
    if (kind === 2) return `inputs.pod.${pick(fields)}`
    const { name, fields: own }: Known = g(fc.constantFrom, { name: 'inputs.pod', fields: ['name'] }, ...known)
    return pick([name, ...own.map((field) => `${name}.${field}`)])
  }
  if (depth <= 0 || g(fc.nat, 2) === 0) return atom()
  if (g(fc.nat, 60) === 0) return pick(broken)
  const inner = (): string => drawCel(g, known, depth - 1)
  const loop = () => drawCel(g, [...known, { name: 'e', fields: ['name'] }], depth - 2)
  const forms: (() => string)[] = [
    () => `${inner()} ${pick(['==', '!=', '&&', '||', '+', '-', '*', '/', '%', '<', '>=', 'in'])} ${inner()}`,
    () => `${pick(['size', 'string', 'int', 'dyn', 'type'])}(${inner()})`,
    () => `!${inner()}`,
    () => `(${inner()} == ${inner()} ? ${inner()} : ${inner()})`,
    () => `[${inner()}, ${inner()}]`,
    () => `{'kind': ${inner()}, 'name': ${inner()}}`,
    () => `${inner()}[${inner()}]`,
    () => `has(inputs.pod.${pick(fields)})`,
    () => `${inner()}.${pick(['all', 'exists'])}(e, ${loop()} == ${loop()})`,
    () => `${inner()}.map(e, ${loop()})`,
    () => `${inner()}.${pick(['startsWith', 'matches', 'split', 'contains'])}(${inner()})`,
  ]
  return forms[g(fc.nat, forms.length - 1)]?.() ?? ''
}

/** What is mostly true or false. */
export function drawGuard(g: GeneratorValue, known: readonly Known[]): string {
  const of = () => drawCel(g, known, 1)
  const forms = [() => `${of()} == ${of()}`, () => `${of()} != null`, () => 'true', () => 'false', of]
  return forms[g(fc.nat, forms.length - 1)]?.() ?? ''
}
