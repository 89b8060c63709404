import type { Document } from './yaml.ts'

/**
 * The documents of a manifest file, JSON or YAML. JSON is tried first where the text looks like it: the YAML reader
 * understands it too, but takes many times as long, and a cluster's dump is tens of megabytes.
 */
export async function readDocuments(text: string): Promise<Document[]> {
  const start = text.trimStart()
  if (start === '') return []
  if (start.startsWith('{') || start.startsWith('[')) {
    try {
      return [{ number: 1, line: 1, value: JSON.parse(text) as unknown }]
    } catch (error) {
      // Several JSON documents behind each other, or flow YAML; where it is neither, JSON's own error says more.
      const { readYaml } = await import('./yaml.ts')
      const documents = readYaml(text)
      if (documents.every((document) => document.error === undefined)) return documents
      return [jsonError(text, error)]
    }
  }
  const { readYaml } = await import('./yaml.ts')
  return readYaml(text)
}

function jsonError(text: string, error: unknown): Document {
  const message = error instanceof Error ? error.message : String(error)
  const position = /at position (\d+)/.exec(message)?.[1]
  const before = position === undefined ? text : text.slice(0, Number(position))
  const why = before.length >= text.length ? 'the file ends in the middle of a value' : 'not valid JSON here'
  return { number: 1, line: before.split('\n').length, error: why }
}
