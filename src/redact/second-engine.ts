import type { SecretLintRule } from '@secretlint/types'
import { SecureError } from '../errors.ts'
import { markersIn } from './marker.ts'

/** What another engine takes for a secret: its rule, and where. */
export type Leak = { rule: string; offset: number }

export type SecondEngine = {
  /** Looks over a text as it goes by; `leaks` at its end says what it found. */
  scanner(): { add(chunk: Buffer): void; leaks(): Leak[] }
}

const window = 1024 * 1024
const overlap = 16 * 1024
const prefix = '@secretlint/secretlint-rule-'

/**
 * secretlint's rules (MIT), which share no code with ours. They are called themselves and not by its core: that would let a line of a log,
 * `secretlint-disable`, switch them off. What they find in our markers is none.
 */
export async function secondEngine(): Promise<SecondEngine> {
  const { rules } = await import('@secretlint/secretlint-rule-preset-recommend')
  let found: { rule: string; start: number; end: number }[] = []
  const made = rules
    .filter(({ meta }) => meta.type === 'scanner' && !meta.id.endsWith('filter-comments'))
    .map(({ meta, create }): SecretLintRule => {
      const report = ({ range: [start, end] }: { range: readonly [number, number] }) =>
        void found.push({ rule: meta.id.replace(prefix, ''), start, end })
      const context = { createTranslator: () => () => ({ message: '', messageId: '' }), report, ignore: () => {} }
      // The number of an account is no secret.
      return create(context, { enableIDScanRule: false })
    })
  if (made.length < 20) throw new SecureError('journal', 'the rules of the second engine cannot be used')

  const look = (text: string): { rule: string; start: number; end: number }[] => {
    found = []
    const content = `${text}\n${decoded(text)}`
    for (const { file } of made) {
      const result = file?.({ content, filePath: 'evidence', ext: '', contentType: 'text' })
      if (result instanceof Promise)
        throw new SecureError('journal', 'a rule of the second engine does not answer at once')
    }
    const markers = markersIn(content, false)
    return found.filter(({ start, end }) => !markers.some((marker) => marker.start < end && marker.end > start))
  }

  return {
    scanner() {
      let held = ''
      let offset = 0
      const leaks: Leak[] = []
      const take = (text: string) => {
        for (const { rule, start } of look(text))
          if (leaks.length < 100) leaks.push({ rule, offset: offset + Math.min(start, text.length) })
      }
      return {
        add(chunk) {
          held += chunk.toString('latin1')
          if (held.length < window) return
          take(held)
          offset += held.length - overlap
          held = held.slice(-overlap)
        },
        leaks() {
          take(held)
          return leaks
        },
      }
    },
  }
}

// What is beneath base64, by another reader than the first engine's.
function decoded(text: string): string {
  const parts: string[] = []
  for (const [run] of text.matchAll(/(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}/g)) {
    if (!/[A-Z]/.test(run) || !/[a-z]/.test(run)) continue
    const plain = atob(
      run
        .replace(/[-_]/g, (unit) => (unit === '-' ? '+' : '/'))
        .replace(/=+$/, '')
        .slice(0, run.length - (run.length % 4 === 1 ? 1 : 0)),
    )
    if (/^[\t\n\r\x20-\x7e]{16}/.test(plain)) parts.push(plain)
  }
  return parts.join('\n')
}
