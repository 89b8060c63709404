import { styleText } from 'node:util'
import type { Gap } from '../snapshot/snapshot.ts'
import { escapeForTerminal } from '../text/terminal.ts'

/** A line to standard error, as kubectl writes its own: `Warning: …`. Hostile characters are shown, not obeyed. */
export function warn(line: string): void {
  say('Warning:', 'yellow', line)
}

export function note(line: string): void {
  say('Note:', 'cyan', line)
}

export function fail(line: string): void {
  say('error:', 'red', line)
}

/** A warning for each of the first gaps; `all` says where the others are. */
export function warnOfGaps(gaps: readonly Pick<Gap, 'what' | 'why' | 'hides'>[], all: string): void {
  for (const { what, why, hides } of gaps.slice(0, 10)) warn(`incomplete: ${what}: ${why}; hidden: ${hides}`)
  if (gaps.length > 10) warn(`incomplete: ${gaps.length - 10} more gaps (${all})`)
}

// styleText leaves colours out where the stream is no terminal or NO_COLOR is set.
function say(label: string, colour: 'yellow' | 'cyan' | 'red', line: string): void {
  process.stderr.write(`${styleText(colour, label, { stream: process.stderr })} ${escapeForTerminal(line)}\n`)
}
