/** Says why a value is not of a shape, naming the place; undefined where it is. */
export type Check = (value: unknown, at: string) => string | undefined

// Deeper than any object of Kubernetes, and far from where a recursive reader runs out of stack.
const maxDepth = 100
const maxText = 64 * 1024

export function text(pattern: RegExp = /^/, max: number = maxText): Check {
  return (value, at) => {
    if (typeof value !== 'string') return `${at} is not text`
    if (value.length > max) return `${at} is longer than ${max}`
    return pattern.test(value) ? undefined : `${at} is not of the form it must have`
  }
}

export function exactly(...allowed: (string | boolean)[]): Check {
  return (value, at) => (allowed.includes(value as string) ? undefined : `${at} is not ${allowed.join(' or ')}`)
}

export const count: Check = (value, at) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : `${at} is not a count`

export function optional(check: Check): Check {
  return (value, at) => (value === undefined ? undefined : check(value, at))
}

export function list(check: Check, max: number): Check {
  return (value, at) => {
    if (!Array.isArray(value)) return `${at} is not a list`
    if (value.length > max) return `${at} has more than ${max} entries`
    return first(value.map((entry, index) => () => check(entry, `${at}[${index}]`)))
  }
}

/** A check for every field of a type: `satisfies` it, and a field that is new to the type does not compile. */
export type FieldsOf<T> = { [K in keyof T]-?: Check }

/** An object with these fields and no others. */
export function object(fields: Record<string, Check>): Check {
  const checks = new Map(Object.entries(fields))
  return (value, at) => {
    if (!isMap(value)) return `${at} is not an object`
    const unknown = Object.keys(value).find((key) => !checks.has(key))
    if (unknown !== undefined)
      return `${at} has the field ${JSON.stringify(unknown.slice(0, 60))}, which this version does not know`
    return first(
      [...checks].map(
        ([key, check]) =>
          () =>
            check(own(value, key), at === '' ? key : `${at}.${key}`),
      ),
    )
  }
}

/** An object whose shape one of its fields tells. */
export function variant(field: string, shapes: Record<string, Check>): Check {
  return (value, at) => {
    if (!isMap(value)) return `${at} is not an object`
    const name = own(value, field)
    if (typeof name !== 'string' || !Object.hasOwn(shapes, name)) return `${at}.${field} is nothing this version knows`
    return shapes[name]?.(value, at)
  }
}

/** Any JSON that no reader comes to grief with: not too deep, and without a key that sets an object's prototype. */
export const json: Check = (value, at) => {
  let level: unknown[] = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return `${at} is nested more than ${maxDepth} deep`
    const objects = level.filter((part): part is object => typeof part === 'object' && part !== null)
    if (objects.some((part) => Object.hasOwn(part, '__proto__'))) return `${at} has a field __proto__`
    level = objects.flatMap((part): unknown[] => Object.values(part))
  }
  return undefined
}

/** As {@link json}, and an object. */
export const jsonObject: Check = (value, at) => (isMap(value) ? json(value, at) : `${at} is not an object`)

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A field that the object has itself: never one of all objects, such as `constructor`. */
export function own(value: unknown, key: string): unknown {
  return isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined
}

function first(checks: (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const problem = check()
    if (problem !== undefined) return problem
  }
  return undefined
}
