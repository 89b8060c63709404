import { SecureError } from '../errors.ts'
import { checkYaml, type Complaint, complaintText, withSuggestion } from '../schema/checked-yaml.ts'
import { type Exception, type ExceptionEntry, exceptionsSchema } from './exception-entry.ts'

/**
 * Reads a file of exceptions (docs/risk-exceptions.schema.json): YAML or JSON. `rules` are those there are. Throws SecureError('usage') with file,
 * line and what was probably meant: an exception that is half understood would except the wrong thing.
 */
export async function readExceptions(text: string, file: string, rules: ReadonlySet<string>): Promise<Exception[]> {
  const { value, complaints, lineOf } = await checkYaml<{ exceptions: ExceptionEntry[] }>(text, exceptionsSchema)
  const entries = value?.exceptions ?? []
  const wrong = [
    ...complaints.map(plainer),
    ...entries
      .flatMap((entry, index) => oddIn(entry, `/exceptions/${index}`, rules))
      .map((odd) => ({ ...odd, line: lineOf(odd.pointer) })),
  ]
  // Every line of an error but its first is in its hint, where lines are shown as lines.
  if (wrong.length > 0) {
    throw new SecureError('usage', 'these exceptions are not right', {
      hint: `${complaintText(file, wrong)}\ndocs/risks.md says what stands in such a file`,
    })
  }
  return entries.map(({ id, rule = '', subject = '', scope = '', owner, reason, expires }, index) => {
    const of = id === undefined ? { rule, subject, scope } : { id }
    const place = { file, line: lineOf(`/exceptions/${index}`) }
    return { of, owner, reason, ...(expires === undefined ? {} : { expires }), ...place }
  })
}

const namedTwice = 'its id names the finding already: leave out rule, subject and scope'

// The one thing that the schema says in its own words alone.
function plainer(complaint: Complaint): Complaint {
  return complaint.why.includes('exactly one schema') ? { ...complaint, why: namedTwice } : complaint
}

function oddIn(
  { id, rule, subject, scope, expires }: ExceptionEntry,
  pointer: string,
  rules: ReadonlySet<string>,
): Omit<Complaint, 'line'>[] {
  // An id is its rule, a dash, and 16 digits.
  const named = rule ?? id?.slice(0, -17) ?? ''
  const odd: Omit<Complaint, 'line'>[] = []
  if (id !== undefined && (rule ?? subject ?? scope) !== undefined) odd.push({ pointer, why: namedTwice })
  if (!rules.has(named)) {
    odd.push({
      pointer: `${pointer}/${rule === undefined ? 'id' : 'rule'}`,
      why: withSuggestion(`there is no rule ${named}`, named, rules),
    })
  }
  if (expires !== undefined && !isDay(expires)) odd.push({ pointer: `${pointer}/expires`, why: `${expires} is no day` })
  return odd
}

function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text)
}
