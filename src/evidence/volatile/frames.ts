import { limits } from './script.ts'

/** One thing that the script read, and how the reading ended: `more` where there was more than the limit, `refused` where it failed. */
export type Piece = { path: string[]; bytes: Buffer; ended: 'whole' | 'more' | 'gone' | 'refused' }

/** What the script said. Everything in the bytes is the pod's text; paths and numbers are the script's own. */
export type Gathered = {
  pieces: Piece[]
  /** Where it stopped short: `bytes`, `time`, `processes COUNT`, `executable PID`. */
  limits: string[]
  /** A tool that the image lacks. */
  failed?: string
  /** Why there is less than the script had to say; what came before is as it was said. */
  broken?: string
}

const ofProcess =
  'stat|status|cmdline|links|fd|environ\\.names|cgroup|mountinfo|maps|exe\\.id|exe\\.sha256|net/[a-z0-9_]{1,20}'
const paths = new RegExp(`^(?:boot|net/[a-z0-9_]{1,20}|proc/[1-9]\\d{0,9}/(?:${ofProcess}))$`)
const limit = /^(?:bytes|time|processes \d{1,10}|executable \d{1,10})$/
const base64 = /^[A-Za-z0-9+/=]*$/

/** Reads what the script of script.ts said, up to where it is not as the script says things. Never throws. */
export function parseGathered(text: string): Gathered {
  const lines = text.split('\n')
  const torn = lines.pop()
  const gathered: Gathered = { pieces: [], limits: [] }
  const broken = (why: string): Gathered => ({ ...gathered, broken: why })
  if (lines.shift() !== '@kubectl-secure volatile 1') return broken('it does not begin as the script does')
  const seen = new Set<string>()
  while (lines.length > 0) {
    const [, name = '', value = ''] = /^@(\w+)(?: (.*))?$/.exec(lines.shift() ?? '') ?? []
    if (name === 'end') {
      return lines.length > 0 || torn !== '' ? broken('something follows its end') : gathered
    } else if (name === 'failed' && /^[a-z0-9]{1,20}$/.test(value)) gathered.failed = value
    else if (name === 'limit' && limit.test(value)) gathered.limits.push(value)
    else if (name === 'file' && paths.test(value) && !seen.has(value)) {
      seen.add(value)
      const end = lines.findIndex((line) => line.startsWith('@'))
      // What nothing follows may be half of it.
      if (end < 0) return broken(`it ends in the middle of ${value}`)
      const piece = pieceOf(value, lines.splice(0, end).join(''))
      if (!piece) return broken(`${value} is not as the script writes it`)
      gathered.pieces.push(piece)
    } else if (name !== 'self') return broken('a line is not one of the script')
  }
  return gathered.failed === undefined ? broken('it ends before its end') : gathered
}

function pieceOf(path: string, text: string): Piece | undefined {
  if (!base64.test(text)) return undefined
  const all = Buffer.from(text, 'base64')
  const code = all.subarray(-3).toString('latin1')
  if (!/^\d{3}$/.test(code)) return undefined
  const bytes = all.subarray(0, -3)
  const known: Record<string, Piece['ended']> = { '000': 'whole', '007': 'gone', '009': 'more' }
  const ended = known[code] ?? 'refused'
  const room = /net\/|mountinfo$|maps$/.test(path) ? limits.large : limits.small
  const isLonger = bytes.length > room && !path.endsWith('/fd')
  return { path: path.split('/'), bytes, ended: ended === 'whole' && isLonger ? 'more' : ended }
}
