import { gunzipSync, inflateSync } from 'node:zlib'

const maxUnpacked = 1024 * 1024
// Random bytes may unpack to a few.
const fewest = 16
// How gzip begins, in base64, wherever in a group of three bytes it stands.
const gzips = /H4sI|[BRhx][+-]LC|fiw[g-j]/
const others = /^(?:Qlpo|UEsD|\/Td6|_Td6|KLUv)/

/** Whether what these letters of base64 stand for is packed, or has something packed in it. */
export function isPacked(letters: string): boolean {
  if (others.test(letters)) return true
  if (/^e[AFJN]/.test(letters) && unpacks(inflateSync, Buffer.from(letters, 'base64'))) return true
  if (!gzips.test(letters)) return false
  for (let phase = 0; phase < 4; phase++) {
    const bytes = Buffer.from(letters.slice(phase), 'base64')
    const at = bytes.indexOf(gzipMagic)
    if (at === 0 || (at > 0 && unpacks(gunzipSync, bytes.subarray(at)))) return true
  }
  return false
}

const gzipMagic = Buffer.from([0x1f, 0x8b, 8])

function unpacks(unpack: typeof gunzipSync, bytes: Buffer): boolean {
  try {
    return unpack(bytes, { maxOutputLength: maxUnpacked, finishFlush: 2 }).length >= fewest
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
  }
}
