import { blank, charClass, keyChars, lineEnd, lineStart, runEnd, runStart } from '../chars.ts'
import type { Rule, Scene } from '../scene.ts'
import { isDirectory, isPlaceholder, isProse, isSecretKey, isWeakKey } from '../secret-key.ts'
import { quotedEnd, unquotedEnd } from './value-end.ts'
import { yamlBlock } from './yaml-block.ts'

const maxKey = 80
const maxGap = 120
const closers = charClass('\\"\'`]')
const scheme = /(?:bearer|basic|token|digest|negotiate|apikey|aws4-hmac-sha256)[ \t]+/iy
const schemeAlone = /^(?:bearer|basic|digest|negotiate) ?$/i
const block = /[|>][-+\d]{0,2}[ \t]{0,8}\r?\n/y
const wholeLine = /^(?:proxy-)?(?:authorization|cookie)$|^set-cookie$/i

/**
 * `password=…`, `"token": "…"`, `--token …`, `X-Api-Key: …`, `<secret>…</secret>`, `DB_PASSWORD … value: …`: whatever follows a name that
 * tells of a secret, in quotes of any depth or without.
 */
export const assignment: Rule = (scene, at, end) => {
  const { text, lo, hi, reading } = scene
  if (at < scene.taken) return
  const from = runStart(text, at, Math.max(lo, at - maxKey), keyChars)
  const to = runEnd(text, end, Math.min(hi, end + maxKey), keyChars)
  reading.work.spend(to - from + 8)
  const key = text.slice(from, to)
  if (!isSecretKey(key.replace(/^[-.]+|[-.]+$/g, ''))) return
  const found = separator(scene, from, to)
  if (found) take(scene, { from, key, ...found })
}

type Found = { at: number; kind: ':' | '=' | '>' | ' ' }

/** Where the value begins, and what stands between it and its name. */
function separator(scene: Scene, from: number, to: number): Found | undefined {
  const { text, hi, reading } = scene
  const isPath = text[from - 1] === '/'
  const closed = runEnd(text, to, Math.min(hi, to + 9), closers)
  const at = runEnd(text, closed, Math.min(hi, closed + 16), blank)
  reading.work.spend(at - to + 1)
  const sign = text[at]
  if (at >= hi) return undefined
  if (sign === ':' && text[at + 1] !== ':' && !isPath) return { at: text[at + 1] === '=' ? at + 2 : at + 1, kind: ':' }
  if (sign === '=') {
    let after = at + 1
    while (after < at + 3 && (text[after] === '=' || text[after] === '>')) after++
    return { at: after, kind: '=' }
  }
  if (sign === '>' && (text[from - 1] === '<' || text[from - 1] === ':')) return { at: at + 1, kind: '>' }
  return flagValue(scene, from, to, closed, at) ?? pairValue(scene, to)
}

// `--password hunter2`, `"--password", "hunter2"`, `command=--password&command=hunter2`
function flagValue({ text, hi }: Scene, from: number, to: number, closed: number, at: number): Found | undefined {
  if (text[from] !== '-') return undefined
  const next = /[&+](?:command|args?)=|\+|[ \t]*,[ \t\n\r]{0,40}/y
  next.lastIndex = closed
  const between = next.exec(text)
  if (between && next.lastIndex < hi) return { at: next.lastIndex, kind: ' ' }
  return at > to && at < hi && text[at] !== '-' && text[at] !== '\n' ? { at, kind: ' ' } : undefined
}

// `name: DB_PASSWORD` and then `value: …`, as YAML, JSON that was cut, and Go print it.
function pairValue({ text, hi, reading }: Scene, to: number): Found | undefined {
  const some = text.slice(to, Math.min(hi, to + maxGap))
  reading.work.spend(some.length)
  const found =
    /^[\s\\"',{}[\]-]{0,40}(?:[\dTZ:.+-]{20,40} (?:std(?:out|err) [FP] )?)?(?:\\n)?[\s\\"',{}[\]-]{0,60}value[\\"'`]{0,8}[ \t]{0,8}[:=]/i.exec(
      some,
    )
  return found ? { at: to + found[0].length, kind: '=' } : undefined
}

function take(scene: Scene, { from, key, at: after, kind }: Found & { from: number; key: string }): void {
  const { text, hi, reading, spans } = scene
  let at = runEnd(text, after, Math.min(hi, after + 64), blank)
  block.lastIndex = at
  if (kind === ':' && block.test(text)) return yamlBlock(scene, from, at + 1)
  if (text[at] === '[' || text[at] === '(') at++
  let quote = at
  while (quote < at + 8 && text[quote] === '\\') quote++
  const isQuoted = quote < hi && /["'`]/.test(text[quote] ?? '')
  const open = text.slice(at, quote + 1)
  if (isQuoted) at = quote + 1
  scheme.lastIndex = at
  const isScheme = scheme.exec(text) !== null && scheme.lastIndex < hi
  if (isScheme) at = scheme.lastIndex
  const isFirst = kind === ':' && /^\s*(?:- )?$/.test(text.slice(lineStart(text, from, scene.lo), from))
  const toEnd = wholeLine.test(key) || (isFirst && !isQuoted)
  const end = isQuoted ? quotedEnd(scene, at, open) : toEnd ? restOfLine(text, at, hi) : unquotedEnd(scene, at)
  reading.work.spend(end - at + 8)
  const value = text.slice(at, end)
  scene.taken = Math.max(scene.taken, at)
  if (isPlaceholder(value) || value === '\\' || schemeAlone.test(value) || isDirectory(key, value)) return
  if (!isQuoted && !isScheme && kind !== '=' && isProse(/^[A-Za-z]+(?=[,.:;]?(?:\s|$))/.exec(value)?.[0] ?? '')) return
  if (
    kind === ':' &&
    !isQuoted &&
    !isScheme &&
    isWeakKey(key) &&
    /^[A-Za-z]+ [A-Za-z]+ [a-z]/.test(text.slice(at, at + 80))
  )
    return
  // `tokens: 1532` counts them.
  if (/tokens$/i.test(key) && /^\d{1,7}$/.test(value)) return
  // A name and a value on two lines are not cut between them.
  if (scene.depth === 0 && text.slice(from, at).includes('\n')) scene.regions.push({ start: from, end, isJson: false })
  spans.push({ start: at, end, rule: 'assignment', ...(end === text.length && { goesOn: 'run' }) })
  scene.taken = Math.max(scene.taken, end)
}

// A comment of YAML is not of it, nor what closes a list that a program printed.
function restOfLine(text: string, at: number, hi: number): number {
  const whole = text.slice(at, lineEnd(text, at, hi))
  const cut = /\\[nr]|["'`]|\](?=[\s\]}]|$)| #/.exec(whole)?.index ?? whole.length
  return at + whole.slice(0, cut).trimEnd().length
}
