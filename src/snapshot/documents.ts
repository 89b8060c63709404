import type { Document } from './yaml.ts'

/**
 * The documents of a manifest file, JSON or YAML. JSON is tried first where the text looks like it: the YAML reader
 * understands it too, but takes many times as long, and a cluster's dump is tens of megabytes.
 */
export async function readDocuments(text: string): Promise<Document[]> {
  const start = text.trimStart()
  if (start === '') return []
  const { readYaml } = await import('./yaml.ts')
  if (!start.startsWith('{') && !start.startsWith('[')) return readYaml(text)
  try {
    return [{ number: 1, line: 1, value: JSON.parse(text) as unknown }]
  } catch (error) {
    // Flow YAML, or several JSON documents behind each other; where it is neither, JSON's own error says more.
    const yaml = readYaml(text)
    const broken = yaml.find((document) => document.error !== undefined)
    if (!broken) return yaml
    return jsonStream(text) ?? [jsonError(text, error, broken.line)]
  }
}

/** JSON objects one behind the other, as `cat a.json b.json` makes; undefined where none of them can be read. */
function jsonStream(text: string): Document[] | undefined {
  const documents: Document[] = []
  let line = 1
  for (const chunk of topLevelObjects(text)) {
    const from = line
    line += chunk.split('\n').length - 1
    const object = chunk.trimStart()
    if (object === '') continue
    const number = documents.length + 1
    const first = from + chunk.slice(0, chunk.length - object.length).split('\n').length - 1
    try {
      documents.push({ number, line: first, value: JSON.parse(object) as unknown })
    } catch (error) {
      documents.push({ ...jsonError(object, error, first, first), number })
    }
  }
  return documents.some(({ value }) => value !== undefined) ? documents : undefined
}

function* topLevelObjects(text: string): Generator<string> {
  let depth = 0
  let from = 0
  let inString = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (inString && character === '\\') at += 1
    else if (character === '"') inString = !inString
    else if (!inString && character === '{') depth += 1
    else if (!inString && character === '}') {
      depth -= 1
      if (depth > 0) continue
      yield text.slice(from, at + 1)
      from = at + 1
      depth = 0
    }
  }
  yield text.slice(from)
}

// V8 tells where only in some of its messages; elsewhere the YAML reader, which stumbled too, knows the line.
function jsonError(text: string, error: unknown, otherLine: number, firstLine = 1): Document {
  const message = error instanceof Error ? error.message : String(error)
  const position = /at position (\d+)/.exec(message)?.[1]
  const cut = /end of JSON input|Unterminated string/.test(message) || Number(position) >= text.trimEnd().length
  const why = cut ? 'the file ends in the middle of a value' : 'not valid JSON here'
  if (!cut && position === undefined) return { number: 1, line: otherLine, error: why }
  const before = cut ? text.trimEnd() : text.slice(0, Number(position))
  return { number: 1, line: firstLine + before.split('\n').length - 1, error: why }
}
