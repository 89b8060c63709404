import type { Role } from '../snapshot/objects.ts'
import type { Borrowed, HeldRole } from './model.ts'
import type { Powers } from './powers.ts'

export function heldRole(
  id: number,
  { role, scope, borrowed }: { role: Role; scope: string; borrowed?: Borrowed },
  powers: Powers,
): HeldRole {
  const given = powers.ofRole(role)
  return { id, role, scope, ...(borrowed ? { borrowed } : {}), gives: (power) => given(scope, power) }
}
