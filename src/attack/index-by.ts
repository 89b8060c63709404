/** Lists of values by a key of each item, in the order of the items. */
export function indexBy<T, V>(items: T[], keyOf: (item: T) => string, valueOf: (item: T) => V): Map<string, V[]> {
  const found = new Map<string, V[]>()
  for (const item of items) {
    const key = keyOf(item)
    const list = found.get(key)
    if (list) list.push(valueOf(item))
    else found.set(key, [valueOf(item)])
  }
  return found
}
