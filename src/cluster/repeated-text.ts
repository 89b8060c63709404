// What is longer is seldom said twice.
const longest = 64
const places = 1 << 13
const known: (string | undefined)[] = Array.from({ length: places })

/**
 * The UTF-8 text between two places of a body. Lists say the same again and again (kinds, verbs, namespaces, whom a binding names): what was seen
 * lately is given again, which keeps one of each in memory and is sooner done than to make it anew.
 */
export function textOf(body: Buffer, at: number, end: number): string {
  if (end - at > longest) return body.toString('utf8', at, end)
  let hash = 0
  for (let index = at; index < end; index += 1) hash = (Math.imul(hash, 31) + (body[index] ?? 0)) | 0
  const place = (hash ^ (hash >>> 13)) & (places - 1)
  const text = known[place]
  if (text !== undefined && isText(text, body, at, end)) return text
  return (known[place] = body.toString('utf8', at, end))
}

// Of ASCII alone can be told so simply.
function isText(text: string, body: Buffer, at: number, end: number): boolean {
  if (text.length !== end - at) return false
  for (let index = 0; index < text.length; index += 1) {
    const byte = body[at + index] ?? 128
    if (byte > 127 || byte !== text.charCodeAt(index)) return false
  }
  return true
}
