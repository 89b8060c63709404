import { createHash } from 'node:crypto'

// Three names of a usual log (namespace, pod and uid, container) and what is around them stay below the 260 characters of Windows.
const maxLength = 100
const digestLength = 32
const headLength = maxLength - digestLength - '=.'.length

// Windows opens a device by these names whatever follows the first dot.
const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/
const ownSuffix = /\.part(?=\d+$)/
const empty = '=_'
const long = new RegExp(`^[a-z0-9._=-]{1,${headLength}}=\\.[0-9a-f]{${digestLength}}$`)

/**
 * One part of a path as a file name. Two parts never have the same name, on no file system: only `a-z0-9._-` stand for themselves,
 * every other UTF-16 unit is `=xx` or `=uxxxx` in hex, and so are a dot or dash at the start, a dot at the end, the first letter of
 * a Windows device, and the dot of a `.partN` (which our own unfinished files end in). The empty part is `=_`. Over 100 characters
 * it is a head, `=.` and 32 hex digits of the SHA-256 of the whole: then the part itself stands in the journal alone.
 */
export function encodePart(part: string): string {
  if (part === '') return empty
  const whole = part
    .replace(/[^a-z0-9._-]/g, escaped)
    .replace(/^[.-]|\.$/g, escaped)
    .replace(device, (name) => escaped(name.slice(0, 1)) + name.slice(1))
    .replace(ownSuffix, (suffix) => escaped('.') + suffix.slice(1))
  if (whole.length <= maxLength) return whole
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, digestLength)
  return `${whole.slice(0, headLength).replace(/=[^=]{0,4}$/, '')}=.${digest}`
}

/** The part that a name stands for; `long` where only the journal tells; undefined for a name that encodePart never makes. */
export function decodePart(name: string): { part: string } | 'long' | undefined {
  if (long.test(name)) return 'long'
  const part =
    name === empty
      ? ''
      : name.replace(/=(?:u([0-9a-f]{4})|([0-9a-f]{2}))/g, (_, unit?: string, byte?: string) =>
          String.fromCharCode(Number.parseInt(unit ?? byte ?? '', 16)),
        )
  return encodePart(part) === name ? { part } : undefined
}

/** The file of an artefact below a case's directory, with slashes. */
export function encodePath(path: readonly string[]): string {
  return ['data', ...path.map(encodePart)].join('/')
}

/** Whether a file is named as encodePath does it, or is an unfinished one of such a name. */
export function isEncoded(file: string): boolean {
  const [root, ...names] = file.replace(/\.part[1-9]\d{0,5}$/, '').split('/')
  return root === 'data' && names.length > 0 && names.every((name) => decodePart(name) !== undefined)
}

function escaped(unit: string): string {
  const code = unit.charCodeAt(0)
  return code < 0x100 ? `=${code.toString(16).padStart(2, '0')}` : `=u${code.toString(16).padStart(4, '0')}`
}
