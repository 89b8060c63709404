import type { Seen } from './seen.ts'

/** How a run that was killed and resumed differs from one that nobody disturbed; in words. */
export function differences(calm: Seen, killed: Seen): string[] {
  const found: string[] = []
  for (const what of ['objects', 'steps', 'writes'] as const) found.push(...differ(what, calm[what], killed[what]))
  // What was cut off before it was proved may be anything: 3, whatever the verdict would have been.
  const [exit = ''] = killed.unproved && killed.exits[0] === '3' ? calm.exits : killed.exits
  if (exit !== 'over') found.push(...differ('exits', calm.exits, killed.exits.with(0, exit)))
  // What may have arrived is sent again, with the same key; nobody is told anything else, or less.
  const [once, twice] = [new Set(calm.messages), new Set(killed.messages)]
  if (
    once.size !== twice.size ||
    [...once].some((key) => !twice.has(key)) ||
    killed.messages.length > calm.messages.length + 1
  )
    found.push(`messages: ${JSON.stringify(calm.messages)} became ${JSON.stringify(killed.messages)}`)
  return found
}

function differ(what: string, before: readonly string[], after: readonly string[]): string[] {
  const count = (all: readonly string[]) => Map.groupBy(all, (one) => one)
  const [was, is] = [count(before), count(after)]
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((one) => {
    const [had, has] = [was.get(one)?.length ?? 0, is.get(one)?.length ?? 0]
    return had === has ? [] : [`${what}: ${one}: ${had} became ${has}`]
  })
}
