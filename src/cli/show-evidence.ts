import { splitLines } from '../bundle/lines.ts'
import type { Bundle } from '../bundle/read.ts'
import { SecureError } from '../errors.ts'
import { artefactAt, grep, podLines, shownPath } from '../evidence/show.ts'
import { escapeForTerminal } from '../text/terminal.ts'
import { writeOut } from './write-out.ts'

export const showWays = ['tree', 'cat', 'grep', 'logs'] as const

/** Writes what was asked for to standard output; whether there was any. Throws SecureError. */
export async function showEvidence(bundle: Bundle, way: string, what: string | undefined): Promise<boolean> {
  if (way === 'tree') return await tree(bundle)
  if (what === undefined) throw new SecureError('usage', `evidence show FILE ${way} needs to know what`)
  if (way === 'cat') return await cat(bundle, what)
  let found = false
  const lines = way === 'grep' ? grepLines(bundle, what) : logLines(bundle, what)
  for await (const line of lines) {
    found = true
    await writeOut(`${line}\n`)
  }
  return found
}

async function tree({ kept }: Bundle): Promise<boolean> {
  const files = [...kept.values()].toSorted((one, other) => (shownPath(one) < shownPath(other) ? -1 : 1))
  const width = Math.max(...files.map(({ bytes }) => String(bytes).length), 0)
  for (const one of files) {
    const cut = one.cut === undefined ? '' : `   (cut: ${one.cut})`
    await writeOut(`${String(one.bytes).padStart(width)} ${escapeForTerminal(`${shownPath(one)}${cut}`)}\n`)
  }
  return files.length > 0
}

async function cat(bundle: Bundle, path: string): Promise<boolean> {
  const { content } = await artefactAt(bundle, path)
  if (!process.stdout.isTTY) for await (const chunk of content()) await writeOut(chunk)
  else {
    for await (const { line } of splitLines(content(), 1024 * 1024))
      await writeOut(`${escapeForTerminal(line.toString('utf8'))}\n`)
  }
  return true
}

async function* grepLines(bundle: Bundle, pattern: string): AsyncGenerator<string> {
  for await (const { path, line, text } of grep(bundle, parsed(pattern)))
    yield `${escapeForTerminal(path)}:${line}: ${escapeForTerminal(text)}`
}

// Each line says whose it is: a log can write headings as well.
async function* logLines(bundle: Bundle, pod: string): AsyncGenerator<string> {
  for await (const { log, text } of podLines(bundle, pod)) yield `${escapeForTerminal(log)}: ${escapeForTerminal(text)}`
}

function parsed(pattern: string): RegExp {
  try {
    return new RegExp(pattern, 'u')
  } catch (cause) {
    throw new SecureError('usage', (cause as Error).message, { cause })
  }
}
