import {
  boolYaml11Tag,
  FAILSAFE_SCHEMA,
  floatYaml11Tag,
  intYaml11Tag,
  load,
  mergeTag,
  nullYaml11Tag,
  Schema,
  YAMLException,
} from 'js-yaml'

// What kubectl reads (sigs.k8s.io/yaml on goyaml v2): YAML 1.1 words such as `yes` are booleans, dates stay strings.
const schema = new Schema([
  ...FAILSAFE_SCHEMA.tags,
  nullYaml11Tag,
  boolYaml11Tag,
  intYaml11Tag,
  floatYaml11Tag,
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
  for (const chunk of text.split(/^(?=---(?:\s|$))/m)) {
    const blank = /^(?:---)?\s*(?:#.*\s*)*$/.test(chunk.slice(0, 2000)) && isBlank(chunk)
    if (!blank) documents.push({ number: documents.length + 1, line, ...parse(chunk, line) })
    line += countLines(chunk)
  }
  return documents
}

function isBlank(chunk: string): boolean {
  return chunk.split('\n').every((row) => row === '' || /^(?:---)?\s*(?:#.*)?$/.test(row))
}

function parse(chunk: string, firstLine: number): { value: unknown } | { error: string; line: number } {
  try {
    return { value: load(chunk, { schema }) }
  } catch (error) {
    if (error instanceof YAMLException) return { error: error.reason, line: firstLine + (error.mark?.line ?? 0) }
    return { error: error instanceof Error ? error.message : String(error), line: firstLine }
  }
}

function countLines(text: string): number {
  let lines = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}
