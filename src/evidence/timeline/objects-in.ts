import { BoundedBytes, type Piece } from '../../audit-log/read/bounded-bytes.ts'
import { DocumentSplitter } from '../../audit-log/read/documents.ts'
import { object, type Raw } from '../../audit-log/read/fields.ts'

/** An object of the API, or why it cannot be read. */
export type ObjectAt = { line: number; raw: Raw } | { line: number; why: string }

/** The objects of a list, one in memory at a time, however long the list is. */
export async function* objectsOfList(content: AsyncIterable<Buffer>): AsyncGenerator<ObjectAt> {
  let ready: Piece[] = []
  let count = 0
  // Nothing found is no answer before it is known to be an empty list.
  const held = new BoundedBytes()
  const splitter = new DocumentSplitter((piece) => ready.push(piece))
  for await (const chunk of content) {
    if (count === 0) held.push(chunk)
    splitter.push(chunk)
    for (const piece of ready) yield parsed(piece)
    count += ready.length
    ready = []
  }
  splitter.end()
  for (const piece of ready) yield parsed(piece)
  if (count + ready.length > 0) return
  const list = parsed({ line: 1, ...held.take() })
  if ('why' in list) yield list
}

/** The one object of an answer. */
export async function* objectAlone(content: AsyncIterable<Buffer>): AsyncGenerator<ObjectAt> {
  const held = new BoundedBytes()
  for await (const chunk of content) held.push(chunk)
  yield parsed({ line: 1, ...held.take() })
}

function parsed({ line, bytes, from, to, tail }: Piece): ObjectAt {
  if (tail) return { line, why: 'it is longer than an object can be' }
  try {
    const raw = object(JSON.parse(bytes.toString('utf8', from, to)))
    return raw ? { line, raw } : { line, why: 'it is no object' }
  } catch (error) {
    return { line, why: (error as Error).message }
  }
}
