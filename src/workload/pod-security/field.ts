import { ShapeError } from '../../snapshot/decode.ts'

export type Raw = { [key: string]: unknown }
export type Path = readonly (string | number)[]

/** What is of a type that its kind does not have there: the API server takes no such object, so what it would do is not known. */
export type Malformed = { path: Path; message: string }

/** An object among others, its fields to be read one by one; its place is worked out only when something is wrong. */
export type Node = { raw: Raw; key: string | number; up: Node | undefined; malformed: Malformed[] }

/** `spec.containers[0].securityContext`, `metadata.annotations[example.com/key]`. Source: field.Path.String. */
export function fieldText(path: Path): string {
  let text = ''
  let before: string | number = ''
  for (const part of path) {
    if (typeof part === 'number' || before === 'annotations') text += `[${part}]`
    else text += text === '' ? part : `.${part}`
    before = part
  }
  return text
}

// Readers of one field each. As in Go null is absent; what has the wrong type is absent too, and remembered.

export function boolean(node: Node, key: string): boolean | undefined {
  const value = node.raw[key]
  if (value === undefined || value === null || typeof value === 'boolean') return value ?? undefined
  return wrong(node, key, 'true or false', value)
}

export function text(node: Node, key: string): string | undefined {
  const value = node.raw[key]
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined
  return wrong(node, key, 'a string', value)
}

export function integer(node: Node, key: string): number | undefined {
  const value = node.raw[key]
  if (value === undefined || value === null) return undefined
  return Number.isInteger(value) ? (value as number) : wrong(node, key, 'a whole number', value)
}

export function child(node: Node, key: string): Node | undefined {
  const value = node.raw[key]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) return wrong(node, key, 'an object', value)
  return { raw: value as Raw, key, up: node, malformed: node.malformed }
}

/** The objects of a list; a null among them is an empty object, as in Go. */
export function children(node: Node, key: string): Node[] {
  const values = list(node, key)
  if (values.length === 0) return nothing
  const at: Node = { raw: values as unknown as Raw, key, up: node, malformed: node.malformed }
  return values.map((value, index) => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isObject && value !== null && value !== undefined) wrong(at, index, 'an object', value)
    return { raw: isObject ? (value as Raw) : {}, key: index, up: at, malformed: node.malformed }
  })
}

export function texts(node: Node, key: string): string[] {
  const values = list(node, key)
  if (values.length === 0) return nothing
  const at: Node = { raw: values as unknown as Raw, key, up: node, malformed: node.malformed }
  return values.map((_, index) => text(at, index as unknown as string) ?? '')
}

export function pathOf(node: Node, ...keys: (string | number)[]): Path {
  const path = keys
  for (let at: Node | undefined = node; at?.up; at = at.up) path.unshift(at.key)
  return path
}

// Most lists are not there: they are all one.
const nothing: never[] = []

function list(node: Node, key: string): readonly unknown[] {
  const value = node.raw[key]
  if (Array.isArray(value)) return value
  if (value !== undefined && value !== null) wrong(node, key, 'a list', value)
  return nothing
}

function wrong(node: Node, key: string | number, wanted: string, got: unknown): undefined {
  const path = pathOf(node, key)
  node.malformed.push({ path, message: new ShapeError(fieldText(path), wanted, got).message })
}
