import {
  boolYaml11Tag,
  constructFromEvents,
  defineScalarTag,
  type Event,
  EVENT_ID,
  FAILSAFE_SCHEMA,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  parseEvents,
  Schema,
  YAMLException,
} from 'js-yaml'
import { goNumber } from './yaml-number.ts'

// What kubectl reads (sigs.k8s.io/yaml on goyaml v2): YAML 1.1 words such as `yes` are booleans, dates stay strings.
const number = (type: 'int' | 'float', implicit: boolean) =>
  defineScalarTag(`tag:yaml.org,2002:${type}`, {
    implicit,
    implicitFirstChars: Array.from('-+.0123456789'),
    resolve: (source) => goNumber(source) ?? NOT_RESOLVED,
    identify: () => false,
  })
const schema = new Schema([
  ...FAILSAFE_SCHEMA.tags,
  nullYaml11Tag,
  boolYaml11Tag,
  number('int', true),
  number('float', false),
  mergeTag,
])

/** One document of a file: its value, or why it is none. Documents count from 1, as do lines. */
export type Document = { number: number; line: number; value?: unknown; error?: string }

/**
 * The documents of a YAML file, each read on its own, so that one that is malformed does not hide the others.
 * `---` at the start of a line ends a document even inside a block scalar (YAML 1.2, 9.1.2).
 */
export function readYaml(text: string): Document[] {
  const documents: Document[] = []
  let line = 1
  for (const chunk of text.split(/(?<=^|\n)(?=---(?:\s|$))/)) {
    // Nothing but space and comments. Each `#` can begin a comment in one way only, or a ruler of them takes for ever.
    const blank = /^(?:---)?\s*(?:#[^\n]*(?:\n\s*|$))*$/.test(chunk)
    if (!blank) documents.push({ number: documents.length + 1, line, ...parse(chunk, line) })
    line += countLines(chunk)
  }
  return documents
}

function parse(chunk: string, firstLine: number): { value: unknown } | { error: string; line: number } {
  const at = (index: number) => firstLine + countLines(chunk.slice(0, index))
  const refused = refusedByKubectl(chunk)
  if (refused) return { error: refused.why, line: at(refused.index) }
  try {
    const events = parseEvents(chunk, {})
    const late = chunk.includes('<<') ? lateMerge(events, chunk) : undefined
    if (late !== undefined) {
      const error =
        'a merge key (<<) that is not the first key: kubectl lets it replace the keys above it, so it is not read'
      return { error, line: at(late) }
    }
    const values = constructFromEvents(events, { source: chunk, schema })
    if (values.length > 1)
      return { error: 'text after the end of the document (...): kubectl ignores it', line: firstLine }
    return { value: values[0] }
  } catch (error) {
    if (error instanceof YAMLException) return { error: error.reason, line: firstLine + (error.mark?.line ?? 0) }
    return { error: error instanceof Error ? error.message : String(error), line: firstLine }
  }
}

// Characters and words by which a file could show one thing to a reader and another to kubectl.
function refusedByKubectl(chunk: string): { why: string; index: number } | undefined {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  const odd = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/.exec(chunk)
  if (odd) {
    const code = `U+${odd[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
    const why = /[\u0085\u2028\u2029]/.test(odd[0])
      ? `${code} is a line break to kubectl and to no one else: what is behind it may hide in a comment, so it is not read`
      : `the control character ${code} is not allowed in YAML`
    return { why, index: odd.index }
  }
  if (/^---[^\S\n]+[^#\s]/.test(chunk)) return { why: 'text behind --- on its line: kubectl refuses that', index: 0 }
  return undefined
}

/** Where a `<<` follows another key of its mapping: js-yaml lets the keys win, goyaml v2 whatever comes last. */
function lateMerge(events: Event[], source: string): number | undefined {
  const open: { mapping: boolean; children: number }[] = []
  for (const event of events) {
    if (event.type === EVENT_ID.POP) {
      open.pop()
      continue
    }
    const parent = open.at(-1)
    const isKey = parent?.mapping === true && parent.children % 2 === 0
    if (isKey && parent.children > 0 && event.type === EVENT_ID.SCALAR) {
      if (source.slice(event.valueStart, event.valueEnd) === '<<') return event.valueStart
    }
    if (parent) parent.children += 1
    const container = event.type !== EVENT_ID.SCALAR && event.type !== EVENT_ID.ALIAS
    if (container) open.push({ mapping: event.type === EVENT_ID.MAPPING, children: 0 })
  }
  return undefined
}

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}
