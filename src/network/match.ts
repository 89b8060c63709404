/** Whether something matches: yes, no, or a reason why it cannot be told. A reason is never empty. */
export type Match = boolean | string

/** All must hold; one sure no is enough for no. Later ones are not asked after a no. */
export function all(...asks: (() => Match)[]): Match {
  let doubt: string | undefined
  for (const ask of asks) {
    const match = ask()
    if (match === false) return false
    if (typeof match === 'string') doubt ??= match
  }
  return doubt ?? true
}

/** One must hold; one sure yes is enough for yes. */
export function some<T>(items: readonly T[], test: (item: T) => Match): Match {
  let doubt: string | undefined
  for (const item of items) {
    const match = test(item)
    if (match === true) return true
    if (typeof match === 'string') doubt ??= match
  }
  return doubt ?? false
}

export function not(match: Match): Match {
  return typeof match === 'string' ? match : !match
}

/** The same, but never surer than `doubt` allows. */
export function atMost(match: Match, doubt: string | undefined): Match {
  return match === true && doubt !== undefined ? doubt : match
}
