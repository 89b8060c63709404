import { gunzipSync, gzipSync } from 'node:zlib'

const b64 = (text: string) => Buffer.from(text).toString('base64')

/** Ways to write a text that a reader takes off again. */
export const encodings: Record<string, (text: string) => string> = {
  plain: (text) => text,
  json: (text) => JSON.stringify({ message: text }),
  jsonInJson: (text) => JSON.stringify({ log: JSON.stringify({ msg: text, n: 17 }) }),
  unicode: (text) =>
    `{"m":"${Array.from(text, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}"}`,
  base64: b64,
  base64One: (text) => b64(` ${text}`),
  base64Two: (text) => b64(`; ${text}`),
  base64Url: (text) => Buffer.from(text).toString('base64url'),
  afterPath: (text) => `a/bc/${b64(text)}`,
  url: (text) => `/path?q=${encodeURIComponent(text)}&r=1`,
  twice: (text) => b64(b64(text)),
  gzip: (text) => gzipSync(Buffer.from(text)).toString('base64'),
  coloured: (text) => `\x1b[36m${text.replace(/[=:]/g, '\x1b[0m$&\x1b[1;31m')}\x1b[0m`,
  nuls: (text) => text.replace(/[A-Za-z]{3}/g, '$&\0'),
  quoted: (text) => `level=info msg=${JSON.stringify(text)} n=1`,
}

/** Takes all encodings off, by other means than the redactor's; whether a text is found beneath any. */
export function leaks(text: string, canary: string, depth = 0): boolean {
  if (text.includes(canary)) return true
  if (depth > 5) return false
  const beneath = new Set<string>()
  // oxlint-disable-next-line no-control-regex -- these are what is taken off
  beneath.add(text.replace(/\x1b\[[\d;]*m|\0/g, ''))
  if (text.includes('\\'))
    beneath.add(
      text.replace(/\\(?:u([0-9a-f]{4})|(.))/gs, (_, hex?: string, unit?: string) =>
        hex === undefined
          ? ({ n: '\n', r: '\r', t: '\t' }[unit ?? ''] ?? unit ?? '')
          : String.fromCharCode(Number.parseInt(hex, 16)),
      ),
    )
  if (/%[0-9a-f]{2}/i.test(text))
    beneath.add(text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))))
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{12,}={0,2}/g)) {
    for (let phase = 0; phase < 4; phase++) {
      const bytes = Buffer.from(run.slice(phase), 'base64')
      beneath.add(bytes.toString('latin1'))
      if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
        try {
          beneath.add(gunzipSync(bytes).toString('latin1'))
        } catch {}
      }
    }
  }
  for (const one of beneath)
    if (one !== text && one.length >= canary.length && leaks(one, canary, depth + 1)) return true
  return false
}
