const [quote, backslash, colon] = [34, 92, 58]
const [openBrace, closeBrace, openBracket, closeBracket] = [123, 125, 91, 93]

/** Where the value begins, from the first quote of its key; -1 where that has an escape in it, and may be any. */
export function behindKey(bytes: Buffer, from: number, limit: number): number {
  if (bytes[from] !== quote) return -1
  for (let at = from + 1; at < limit; at++) {
    if (bytes[at] === backslash) return -1
    if (bytes[at] === quote) return bytes[at + 1] === colon ? at + 2 : -1
  }
  return -1
}

/** Where a value ends, from its first byte; -1 where it does not. */
export function endOfValue(bytes: Buffer, from: number, limit: number): number {
  const first = bytes[from]
  if (first === quote) {
    const end = endOfString(bytes, from + 1, limit)
    return end < 0 ? -1 : end + 1
  }
  if (first === openBrace || first === openBracket) return endOfNested(bytes, from, limit)
  let at = from
  while (at < limit && isWordByte(bytes[at] as number)) at += 1
  return at > from ? at : -1
}

function endOfNested(bytes: Buffer, from: number, limit: number): number {
  let depth = 0
  for (let at = from; at < limit; at++) {
    const byte = bytes[at]
    if (byte === quote) {
      at = endOfString(bytes, at + 1, limit)
      if (at < 0) return -1
    } else if (byte === openBrace || byte === openBracket) depth += 1
    else if (byte === closeBrace || byte === closeBracket) {
      depth -= 1
      if (depth === 0) return at + 1
    }
  }
  return -1
}

// The quote that ends a string, from behind the one that begins it; -1 where none does.
function endOfString(bytes: Buffer, from: number, limit: number): number {
  for (let at = from; at < limit; at++) {
    const byte = bytes[at]
    if (byte === quote) return at
    if (byte === backslash) at += 1
  }
  return -1
}

// A number, true, false, null.
function isWordByte(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || (byte >= 97 && byte <= 122) || byte === 45 || byte === 43 || byte === 46
}
