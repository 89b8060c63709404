import { createSecretKey, randomBytes } from 'node:crypto'
import type { Json } from '../../change/plan.ts'
import { fromBytes, toBytes } from '../../redact/chars.ts'
import { keywords } from '../../redact/keywords.ts'
import { pseudonyms } from '../../redact/pseudonym.ts'
import { LeftOut, redactText, type Redactor } from '../../redact/redactor.ts'
import { Work } from '../../redact/work.ts'
import type { PlaybookReport } from './model.ts'

const leftOut = '(left out: it cannot be looked through for secrets)'

/** The report with everything masked that looks like a credential, in whatever text it stands: commands of a log, messages, values of objects. */
export function maskReport(report: PlaybookReport): PlaybookReport {
  const key = createSecretKey(randomBytes(32))
  const redactor: Redactor = {
    reading: { profile: 'secrets', keywords: keywords(), work: new Work(), isDerivative: false },
    pseudonyms: pseudonyms(key, () => false),
  }
  const text = (plain: string): string => {
    try {
      return fromBytes(redactText(toBytes(plain), redactor, () => {}))
    } catch (error) {
      if (error instanceof LeftOut) return leftOut
      throw error
    }
  }
  return masked(report, text) as unknown as PlaybookReport
}

// Of an object its structure tells as well: what is beside a name that is one of a secret's.
const objects = new Set(['before', 'after', 'found', 'expected'])

function masked(value: Json, text: (plain: string) => string, key = ''): Json {
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map((one) => masked(one, text, key))
  if (objects.has(key)) {
    const found = text(JSON.stringify(value))
    return found === leftOut ? { kind: leftOut } : (JSON.parse(found) as Json)
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, masked(inner, text, name)]))
}
