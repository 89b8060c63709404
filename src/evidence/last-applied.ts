const key = Buffer.from('"kubectl.kubernetes.io/last-applied-configuration":"')
const dropped = Buffer.from('(dropped by kubectl secure)')
const [quote, backslash] = [0x22, 0x5c]

/**
 * Takes the annotation of `kubectl apply` out of JSON as it goes by: of a Secret it is metadata, and holds the values. All else stays as it
 * came. Compact JSON, as API servers write it; `onDrop` is called for each.
 */
export async function* withoutLastApplied(chunks: AsyncIterable<Buffer>, onDrop: () => void): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0)
  let isInValue = false
  for await (const chunk of chunks) {
    let piece: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    rest = Buffer.alloc(0)
    while (piece.length > 0) {
      if (isInValue) {
        const end = endOfString(piece)
        if (end < 0) {
          // An escape may stand across two pieces.
          rest = Buffer.from(trailingEscape(piece))
          break
        }
        isInValue = false
        piece = piece.subarray(end)
        continue
      }
      const at = piece.indexOf(key)
      if (at < 0) {
        const keep = Math.max(piece.length - key.length + 1, 0)
        yield piece.subarray(0, keep)
        rest = Buffer.from(piece.subarray(keep))
        break
      }
      yield piece.subarray(0, at + key.length)
      yield dropped
      onDrop()
      isInValue = true
      piece = piece.subarray(at + key.length)
    }
  }
  if (!isInValue && rest.length > 0) yield rest
}

/** Where the string that the bytes are in ends; -1 where that is not in them. */
function endOfString(bytes: Buffer): number {
  for (let at = bytes.indexOf(quote); at >= 0; at = bytes.indexOf(quote, at + 1)) {
    if (backslashesBefore(bytes, at) % 2 === 0) return at
  }
  return -1
}

function trailingEscape(bytes: Buffer): Buffer {
  return backslashesBefore(bytes, bytes.length) % 2 === 0 ? Buffer.alloc(0) : bytes.subarray(-1)
}

function backslashesBefore(bytes: Buffer, end: number): number {
  let start = end
  while (start > 0 && bytes[start - 1] === backslash) start--
  return end - start
}
