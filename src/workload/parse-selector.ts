import { SecureError } from '../errors.ts'
import type { LabelSelector } from '../snapshot/objects.ts'

const key = String.raw`[A-Za-z0-9](?:[\w./-]*[A-Za-z0-9])?`
const value = String.raw`[\w.-]*`
const forms: [RegExp, (parts: string[]) => Requirement][] = [
  [new RegExp(`^(${key})\\s*==?\\s*(${value})$`), ([name = '', is = '']) => ({ name, operator: 'In', values: [is] })],
  [new RegExp(`^(${key})\\s*!=\\s*(${value})$`), ([name = '', is = '']) => ({ name, operator: 'NotIn', values: [is] })],
  [
    new RegExp(`^(${key})\\s+in\\s*\\(([^()]*)\\)$`),
    ([name = '', list]) => ({ name, operator: 'In', ...valuesOf(list) }),
  ],
  [
    new RegExp(`^(${key})\\s+notin\\s*\\(([^()]*)\\)$`),
    ([name = '', list]) => ({ name, operator: 'NotIn', ...valuesOf(list) }),
  ],
  [new RegExp(`^!\\s*(${key})$`), ([name = '']) => ({ name, operator: 'DoesNotExist', values: [] })],
  [new RegExp(`^(${key})$`), ([name = '']) => ({ name, operator: 'Exists', values: [] })],
]
type Requirement = { name: string; operator: string; values: string[] }

/**
 * What kubectl's -l takes: `app=web`, `tier!=db`, `app in (web, api)`, `app notin (db)`, `app`, `!app`, joined by commas. Throws
 * SecureError `usage`; an empty one too, as it would mean everything. Source: apimachinery, labels.Parse.
 */
export function parseLabelSelector(typed: string): LabelSelector {
  const selector: LabelSelector = { matchLabels: {}, matchExpressions: [] }
  // Commas within parentheses part values.
  for (const part of typed.split(/,(?![^(]*\))/).map((text) => text.trim())) {
    const found = requirementOf(part)
    if (!found)
      throw new SecureError('usage', `"${typed}" is no label selector`, {
        hint: "write -l app=web, or -l 'app in (web, api),tier!=db'",
      })
    const { name, operator, values } = found
    const [only] = values
    const isPlain = operator === 'In' && values.length === 1 && !Object.hasOwn(selector.matchLabels, name)
    if (isPlain && only !== undefined) selector.matchLabels = { ...selector.matchLabels, [name]: only }
    else selector.matchExpressions.push({ key: name, operator, values })
  }
  return selector
}

function requirementOf(text: string): Requirement | undefined {
  for (const [form, meaning] of forms) {
    const parts = form.exec(text)
    const found = parts && meaning(parts.slice(1))
    if (found) return found.values.every((one) => new RegExp(`^${value}$`).test(one)) ? found : undefined
  }
  return undefined
}

function valuesOf(list = ''): { values: string[] } {
  return { values: list.split(',').map((one) => one.trim()) }
}
