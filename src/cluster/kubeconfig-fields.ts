import { SecureError } from '../errors.ts'

/** An object inside a kubeconfig, with the place it stands at, so that an error can name the file and the field. */
export type Fields = { data: Record<string, unknown>; file: string; at: string }

/** An object of a kubeconfig; null counts as empty, as in Go. */
export function fields(data: unknown, file: string, at: string): Fields {
  if (data === null || data === undefined) return { data: {}, file, at }
  if (typeof data !== 'object' || Array.isArray(data)) throw wrong(file, at === '' ? 'the file' : at, 'an object', data)
  return { data: data as Record<string, unknown>, file, at }
}

/** Readers of one field. Empty text and empty lists are undefined: client-go cannot tell them from absent ones. */
export const field = {
  text(from: Fields, key: string): string | undefined {
    return text(from.data[key], from.file, path(from, key))
  },

  base64(from: Fields, key: string): string | undefined {
    const value = field.text(from, key)?.replace(/[\r\n]/g, '')
    if (value === undefined || value === '') return undefined
    if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
      throw new SecureError('kubeconfig', `${from.file}: ${path(from, key)} is not base64`)
    }
    return value
  },

  flag(from: Fields, key: string): boolean | undefined {
    const value = from.data[key] ?? false
    if (typeof value !== 'boolean') throw wrong(from.file, path(from, key), 'true or false', value)
    return value || undefined
  },

  texts(from: Fields, key: string): string[] | undefined {
    const values = list(from, key).map((item, index) => text(item, from.file, `${path(from, key)}[${index}]`) ?? '')
    return values.length > 0 ? values : undefined
  },

  object(from: Fields, key: string): Fields {
    return fields(from.data[key], from.file, path(from, key))
  },

  optional(from: Fields, key: string): Fields | undefined {
    return from.data[key] === null || from.data[key] === undefined ? undefined : field.object(from, key)
  },

  objects(from: Fields, key: string): Fields[] {
    return list(from, key).map((item, index) => fields(item, from.file, label(from, key, item, index)))
  },

  textMap(from: Fields, key: string): Record<string, string> {
    const map = field.object(from, key)
    return Object.fromEntries(Object.keys(map.data).map((name) => [name, field.text(map, name) ?? '']))
  },

  textLists(from: Fields, key: string): Record<string, string[]> | undefined {
    const map = field.object(from, key)
    const names = Object.keys(map.data)
    return names.length > 0 ? Object.fromEntries(names.map((name) => [name, field.texts(map, name) ?? []])) : undefined
  },
}

function list(from: Fields, key: string): unknown[] {
  const value = from.data[key] ?? []
  if (!Array.isArray(value)) throw wrong(from.file, path(from, key), 'a list', value)
  return value
}

function text(value: unknown, file: string, at: string): string | undefined {
  if (value === null || value === undefined || value === '') return undefined
  if (typeof value !== 'string') throw wrong(file, at, 'text', value, 'Put it in quotes.')
  return value
}

function path(from: Fields, key: string): string {
  return from.at === '' ? key : `${from.at}.${key}`
}

function label(from: Fields, key: string, item: unknown, index: number): string {
  const name = item !== null && typeof item === 'object' && 'name' in item ? item.name : undefined
  return `${path(from, key)}[${typeof name === 'string' ? name : index}]`
}

// The value is not shown: it may be a secret.
function wrong(file: string, at: string, wanted: string, value: unknown, hint?: string): SecureError {
  const kind = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : `a ${typeof value}`
  return new SecureError(
    'kubeconfig',
    `${file}: ${at} must be ${wanted}, not ${kind}`,
    hint === undefined ? {} : { hint },
  )
}
