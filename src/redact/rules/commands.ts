import { charClass, runEnd } from '../chars.ts'
import type { Rule } from '../scene.ts'
import { isPlaceholder, isProse } from '../secret-key.ts'
import { authority, put } from './url.ts'
import { quotedEnd, unquotedEnd } from './value-end.ts'

const userPart = charClass('A-Za-z0-9._%+-')

/** `curl -u user:password` */
export const userFlag: Rule = (scene, _at, end) => {
  const { text, hi, reading } = scene
  const quote = /["']/.test(text[end] ?? '') ? 1 : 0
  const user = runEnd(text, end + quote, Math.min(hi, end + 128), userPart)
  if (text[user] !== ':') return
  const stop = runEnd(text, user + 1, Math.min(hi, user + 1024), authority)
  reading.work.spend(stop - end + 1)
  put(scene, user + 1, stop)
}

const ofTools =
  /mysql|mariadb|sshpass|redis-cli|(?:docker|podman|nerdctl|buildah|skopeo|crane|oras|registry|oc)[\s"',&]{1,4}(?:command=)?(?:auth )?login\b/

/** `mysql -phunter2`, `sshpass -p hunter2`, `redis-cli -a hunter2`, `docker login -p hunter2`: the flags of some tools are passwords. */
export const toolFlag: Rule = (scene, at, end) => {
  const { text, lo, reading } = scene
  if (!/[\s=,'"]/.test(text[at - 1] ?? '')) return
  const before = text.slice(Math.max(lo, at - 200), at)
  reading.work.spend(before.length)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  const tool = ofTools.exec(line)?.[0]
  const next = /[ \t]{1,4}|&command=/y
  next.lastIndex = end
  const isApart = next.test(text) && tool !== 'mysql' && tool !== 'mariadb'
  if (tool === undefined || (text.slice(at, end) === '-a') !== (tool === 'redis-cli')) return
  const from = isApart ? next.lastIndex : end
  const quote = /["']/.test(scene.text[from] ?? '') ? (scene.text[from] ?? '') : ''
  put(scene, from + quote.length, quote === '' ? unquotedEnd(scene, from) : quotedEnd(scene, from + 1, quote))
}

const piped = /\b(?:echo|printf)(?:[ \t]{1,4}-[neE]{1,3})*[ \t]{1,4}([^|\n]{1,300}?)[ \t]*\|[^|\n]{0,200}$/

/** `echo "hunter2" | passwd --stdin`, also `chpasswd` and `docker login --password-stdin`. */
export const pipedPassword: Rule = (scene, at) => {
  const { text, lo, reading } = scene
  const from = Math.max(lo, at - 512)
  const line = text.slice(from, at)
  reading.work.spend(line.length)
  const pipe = line.lastIndexOf('|')
  const echo = pipe < 0 ? -1 : Math.max(line.lastIndexOf('echo', pipe), line.lastIndexOf('printf', pipe))
  if (echo < 0) return
  const found = piped.exec(line.slice(echo))
  if (found?.[1] === undefined) return
  const start = from + echo + found[0].indexOf(found[1], 5)
  put(scene, start, start + found[1].length)
}

const login = /(?:^|\s)(?:login|account|machine|default)(?:\s{1,8}\S{1,128})?\s{1,40}$/i
const said = /(?:[ \t]{1,4}(?:is|was)(?:[ \t]*:)?|[ \t]{1,4}(?:is|was)[ \t]{1,4}(?:now|set to|changed to))[ \t]{1,4}/iy
const aWord = /^[A-Za-z]+(?:[-'][A-Za-z]+)*[.,;:!?]*$/
const word = /(?:word|wd|phrase)?(?=[ \t\n\r])/iy

/** `password is hunter2`, and `machine x login u password hunter2` as netrc has it: no sign parts it from its name. */
export const spokenPassword: Rule = (scene, at, end) => {
  const { text, lo, hi, reading, spans } = scene
  word.lastIndex = end
  if (!word.test(text)) return
  said.lastIndex = word.lastIndex
  const isSaid = said.test(text)
  const space = /[ \t]{1,8}(?=\S)/y
  space.lastIndex = word.lastIndex
  const before = text.slice(Math.max(lo, at - 200), at)
  reading.work.spend(before.length)
  const isNetrc = !isSaid && space.test(text) && login.test(before)
  const from = isSaid ? said.lastIndex : space.lastIndex
  if ((!isSaid && !isNetrc) || from >= hi) return
  const quote = /["'`]/.test(text[from] ?? '') ? (text[from] ?? '') : ''
  const start = from + quote.length
  const stop = quote === '' ? unquotedEnd(scene, start) : quotedEnd(scene, start, quote)
  const value = text.slice(start, stop)
  reading.work.spend(stop - from)
  if (value === '' || isPlaceholder(value) || isProse(value)) return
  // `password is required`: a word is none, where no colon or quote says so.
  if (isSaid && quote === '' && !/:\s+$/.test(text.slice(word.lastIndex, from)) && aWord.test(value)) return
  spans.push({ start, end: stop, rule: 'assignment', ...(stop === text.length && { goesOn: 'run' }) })
}
