import { SecureError } from '../errors.ts'
import type { Step } from './model.ts'
import type { Read } from './read.ts'
import { end, jumpsOf } from './steps.ts'

/** A step that a run may come to. `certain`: whatever is decided, unless the run stops before. */
export type Stop<R extends Read = Read> = { step: Step; key: string; certain: boolean; read: R }
export type Library<R extends Read = Read> = (name: string) => Promise<R>

/**
 * Goes over the steps that can be come to, each once, in their order: `visit` says at which ids it may go on after one (`end` too). A playbook only goes
 * forwards, so that all ways to a step are known when it is its turn.
 */
export async function explore(
  steps: readonly Step[],
  visit: (step: Step, about: { certain: boolean; below: string }) => Promise<readonly string[]>,
): Promise<void> {
  const places = new Map([...steps.map(({ id }, at): [string, number] => [id, at]), [end, steps.length]])
  const open = new Set([0])
  for (const [at, step] of steps.entries()) {
    if (!open.delete(at)) continue
    const below = steps[at + 1]?.id ?? end
    for (const way of await visit(step, { certain: open.size === 0, below })) open.add(places.get(way) ?? steps.length)
  }
}

/** All ids at which it may go on after a step: `decided` is the case that was chosen, where that is known. */
export function waysOf(step: Step, below: string, decided?: string): string[] {
  if (step.type === 'decision') {
    const cases = decided === undefined ? Object.values(step.cases) : [step.cases[decided]]
    const ways = cases.flatMap((one) => (one ? [one.next] : []))
    return step.when === undefined ? ways : [...ways, below]
  }
  const jumps = jumpsOf(step).flatMap(({ field, to }) => (field === 'next' ? [] : [to]))
  return [step.next ?? below, ...(step.when === undefined ? [] : [below]), ...jumps]
}

/** Every step that a run may come to, also in the playbooks that it calls. Throws SecureError `usage`: one is not there, or they call one another in a circle. */
export async function stopsOf<R extends Read>(
  read: R,
  library: Library<R>,
  decided: Readonly<Record<string, string>> = {},
): Promise<Stop<R>[]> {
  return await stopsIn(read, library, decided, { prefix: '', certain: true, above: [] })
}

async function stopsIn<R extends Read>(
  read: R,
  library: Library<R>,
  decided: Readonly<Record<string, string>>,
  { prefix, certain, above }: { prefix: string; certain: boolean; above: string[] },
): Promise<Stop<R>[]> {
  const { name } = read.playbook.metadata
  if (above.includes(name))
    throw new SecureError('usage', `playbooks call one another in a circle: ${[...above, name].join(' → ')}`)
  const stops: Stop<R>[] = []
  await explore(read.playbook.steps, async (step, about) => {
    const key = `${prefix}${step.id}`
    const isCertain = certain && about.certain
    stops.push({ step, key, certain: isCertain && step.when === undefined, read })
    if (step.type === 'call') {
      const around = { prefix: `${key}/`, certain: isCertain && step.when === undefined, above: [...above, name] }
      stops.push(...(await stopsIn(await library(step.playbook), library, decided, around)))
    }
    return waysOf(step, about.below, Object.hasOwn(decided, key) ? decided[key] : undefined)
  })
  return stops
}
