import { SecureError } from '../errors.ts'
import { type Level, levels, type LockdownOptions, type Part, parts } from './model.ts'

/** The level from which on a part does something: docs/lockdown.md has the table. */
const from: Record<Part, Level> = {
  network: 'baseline',
  pods: 'baseline',
  tokens: 'restricted',
  rbac: 'quarantine',
  quota: 'restricted',
}

/**
 * The parts that a level touches: of all of them those, and no other is reported as closed. One that was chosen (fewer than all were) and that
 * the level leaves alone is a usage error, as nothing would be done. Pure.
 */
export function touchedParts(level: Level, chosen: readonly Part[]): Part[] {
  const isTouched = (part: Part) => levels.indexOf(level) >= levels.indexOf(from[part])
  const idle = chosen.length < parts.length ? chosen.filter((part) => !isTouched(part)) : []
  if (idle.length === 0) return chosen.filter(isTouched)
  const needed = levels.findLast((one) => idle.some((part) => from[part] === one)) ?? 'quarantine'
  const others = levels.slice(levels.indexOf(needed) + 1)
  throw new SecureError('usage', `level ${level} does nothing to ${idle.join(', ')}`, {
    hint: `${idle.map((part) => `${part} is closed from level ${from[part]} on`).join('; ')}: give --level ${[needed, ...others].join(' or ')}, or choose other parts`,
  })
}

/** Options with the parts that their level touches. Throws SecureError `usage`, as above. */
export function narrowed<O extends Pick<LockdownOptions, 'level' | 'parts'>>(options: O): O {
  return { ...options, parts: touchedParts(options.level, options.parts) }
}
