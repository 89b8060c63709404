/** Reads of fields whose type nobody promises: undefined where it is another. */
export type Raw = Record<string, unknown>

export function object(value: unknown): Raw | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Raw) : undefined
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []
}

export function entries<T>(value: unknown, read: (value: unknown) => T | undefined): Record<string, T> {
  const found: Record<string, T> = {}
  const raw = object(value)
  if (!raw) return found
  for (const key of Object.keys(raw)) {
    const result = key === '__proto__' ? undefined : read(raw[key])
    if (result !== undefined) found[key] = result
  }
  return found
}
