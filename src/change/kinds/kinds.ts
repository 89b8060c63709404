import type { Change } from '../plan.ts'
import { create } from './create.ts'
import { remove } from './delete.ts'
import { evict } from './evict.ts'
import type { ChangeKind } from './kind.ts'
import { patch } from './patch.ts'
import { scale } from './scale.ts'
import { subresource } from './subresource.ts'

const kinds = { create, patch, delete: remove, evict, scale, subresource }

/** How a change of this kind is looked at, made and undone. */
export function kindOf<C extends Change>(change: C): ChangeKind<C> {
  return kinds[change.do] as unknown as ChangeKind<C>
}
