import { charClass } from './chars.ts'
import { mapped, type View } from './views.ts'

// ECMA-48: control sequences (colours, and what moves a cursor), operating system commands (links, titles), sets of letters; also as `cat -v` and rsyslog write them.
// oxlint-disable no-control-regex -- these are what is looked for
const code =
  /(?:\x1b\[|\xc2\x9b|\^\[\[|#033\[)[0-?]{0,64}[ -/]{0,8}[@-~]|\x1b\][^\x07\x1b\n]{0,2048}(?:\x07|\x1b\\)|\x1b(?:[()][AB0-2])?/y
// oxlint-enable no-control-regex
const introducers = ['\x1b', '\xc2\x9b', '^[[', '#033[']
const first = charClass('\x1b\xc2^#')
const maxNuls = 3

/** A text as a terminal shows it: without its codes, and without NULs, as between the letters of a word; undefined where it has none. */
export function shown(text: string): View | undefined {
  if (!text.includes('\0') && !introducers.some((one) => text.includes(one))) return undefined
  let hole = 0
  const nuls = (at: number) => {
    let end = at + 1
    while (text[end] === '\0') end++
    // More than three are what a disk left that lost power.
    if (end - at > maxNuls) hole = end
    return end - at > maxNuls ? undefined : { text: '', length: end - at }
  }
  return mapped(
    0,
    text.length,
    (at) => {
      const unit = text.charCodeAt(at)
      if (unit === 0) return at < hole ? undefined : nuls(at)
      if (first[unit] !== 1) return undefined
      code.lastIndex = at
      return code.test(text) ? { text: '', length: code.lastIndex - at } : undefined
    },
    text,
  )
}
