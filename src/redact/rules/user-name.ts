import { charClass, runEnd } from '../chars.ts'
import { isPersonal } from '../names.ts'
import type { Rule } from '../scene.ts'

const nameChars = charClass('\x21\x23-\x26\x28-\x3b=\x3f-[]^_a-~\x80-\xff')

/** `User "jane" cannot list …`, `--as=jane`: as Kubernetes itself and kubectl write names of users. For sharing alone. */
export const userName: Rule = ({ text, hi, reading, spans }, _at, end) => {
  if (reading.profile !== 'sharing') return
  const to = runEnd(text, end, Math.min(hi, end + 256), nameChars)
  reading.work.spend(to - end + 1)
  const value = text.slice(end, to)
  if (isPersonal(value)) spans.push({ start: end, end: to, rule: 'user', type: 'user', value })
}
