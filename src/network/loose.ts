import type { Raw } from './decode-parts.ts'

// Fields of objects whose shape decides nothing: what is not what it should be counts as not there.

export function fieldsOf(value: unknown): Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : {}
}

export function listIn(value: unknown): Raw[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function textsIn(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : []
}

/** The value of `--name=value`, `-name=value` or `--name value`; `true` where it stands alone; the last one counts. */
export function flagOf(args: readonly string[], name: string): string | undefined {
  let found: string | undefined
  for (const [index, arg] of args.entries()) {
    const [, given, value] = /^--?([^=\s]+)(?:=(.*))?$/s.exec(arg) ?? []
    if (given !== name) continue
    const next = args[index + 1]
    found = value ?? (next === 'true' || next === 'false' ? next : 'true')
  }
  return found
}
