import { readFile } from 'node:fs/promises'
import type { ErrorObject, ValidateFunction } from 'ajv'
import { SecureError, whyUnread } from '../errors.ts'
import { readYaml } from '../snapshot/yaml.ts'
import { aliasIn, placesOf } from './places.ts'
import { nearest } from './suggest.ts'

/** What is wrong with a file: where, and what would be right. Texts are of the file, and so hostile. */
export type Complaint = { line: number; pointer: string; why: string }

/** A file that a person wrote, as far as it could be read. `value` only where nothing is wrong with it. */
export type Checked<T> = { value?: T; complaints: Complaint[]; lineOf(pointer: string): number }

const largest = 1024 * 1024

/** Reads a file of one YAML document against a JSON Schema (draft 2020-12). Throws SecureError `usage` where it cannot be read at all. */
export async function readChecked<T>(path: string, schema: object): Promise<Checked<T>> {
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    throw new SecureError('usage', `${path}: ${whyUnread(error)}`)
  }
  if (bytes.length > largest) throw new SecureError('usage', `${path}: it is larger than ${largest / 1024} KiB`)
  return await checkYaml<T>(bytes.toString('utf8'), schema)
}

/** The same of text. */
export async function checkYaml<T>(text: string, schema: object): Promise<Checked<T>> {
  const documents = readYaml(text)
  const [first, second] = documents
  const only = (line: number, why: string): Checked<T> => ({
    complaints: [{ line, pointer: '', why }],
    lineOf: () => line,
  })
  if (!first) return only(1, 'there is nothing in it')
  if (first.error !== undefined) return only(first.line, first.error)
  if (second) return only(second.line, 'it has more than one document')
  const alias = aliasIn(text)
  if (alias !== undefined) return only(alias, 'aliases (*name) are not read here')
  const places = placesOf(text)
  const lineOf = (pointer: string) => lineNear(places, pointer)
  const validate = await validatorOf(schema)
  if (validate(first.value)) return { value: first.value as T, complaints: [], lineOf }
  const complaints = told(validate.errors ?? []).map((error) => ({ pointer: pointerOf(error), why: whyOf(error) }))
  return { complaints: complaints.map((one) => ({ ...one, line: lineOf(one.pointer) })), lineOf }
}

/** `FILE:LINE: why`, a line each, whatever is in a key or a value; for a SecureError's message. */
export function complaintText(path: string, complaints: readonly Complaint[]): string {
  return complaints
    .map(({ line, pointer, why }) => `${path}:${line}: ${pointer === '' ? '' : `${pointer}: `}${why}`)
    .map((text) => text.replaceAll('\n', ' '))
    .join('\n')
}

// Making one takes longer than all the rest.
const validators = new WeakMap<object, Promise<ValidateFunction>>()

async function validatorOf(schema: object): Promise<ValidateFunction> {
  const known = validators.get(schema)
  if (known) return await known
  const made = import('ajv/dist/2020.js').then(({ Ajv2020 }) => {
    // `verbose` has the words that were allowed, which the suggestions come from; `discriminator` complains of one kind of step, not of all.
    const options = { allErrors: true, verbose: true, strict: true, strictRequired: false, discriminator: true }
    return new Ajv2020(options).compile(schema)
  })
  validators.set(schema, made)
  return await made
}

// What an if or a oneOf says beside the errors inside it is noise.
function told(errors: ErrorObject[]): ErrorObject[] {
  const inner = errors.filter(({ keyword }) => keyword !== 'if' && keyword !== 'oneOf' && keyword !== 'anyOf')
  return inner.length > 0 ? inner : errors
}

function pointerOf({ keyword, instancePath, params }: ErrorObject): string {
  const extra: unknown = keyword === 'additionalProperties' ? params['additionalProperty'] : undefined
  return typeof extra === 'string'
    ? `${instancePath}/${extra.replaceAll('~', '~0').replaceAll('/', '~1')}`
    : instancePath
}

function whyOf({ keyword, message = 'is wrong', params, parentSchema }: ErrorObject): string {
  if (keyword === 'additionalProperties' || keyword === 'unevaluatedProperties') {
    const known = Object.keys((parentSchema?.['properties'] as object | undefined) ?? {})
    return withSuggestion(
      'there is no such field',
      String(params['additionalProperty'] ?? params['unevaluatedProperty']),
      known,
    )
  }
  if (keyword === 'enum') return `must be one of ${(params['allowedValues'] as unknown[]).map(String).join(', ')}`
  if (keyword === 'const') return `must be ${JSON.stringify(params['allowedValue'])}`
  if (keyword === 'required') return `${String(params['missingProperty'])} is missing`
  if (keyword === 'discriminator')
    return `${String(params['tag'])} must be one of those in the schema, not ${JSON.stringify(params['tagValue'])}`
  if (keyword === 'pattern') return `must match ${String(params['pattern'])}`
  return message
}

/** `why`, with what was meant where a known word is near. */
export function withSuggestion(why: string, word: string, known: Iterable<string>): string {
  const all = [...known]
  const near = nearest(word, all)
  if (near !== undefined) return `${why}: did you mean ${near}?`
  return all.length > 0 && all.length <= 20 ? `${why}; there are ${all.join(', ')}` : why
}

// Of what is not there, the line of what it should be in.
function lineNear(places: Map<string, number>, pointer: string): number {
  for (let at = pointer; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
    const line = places.get(at)
    if (line !== undefined) return line
  }
  return places.get('') ?? 1
}
