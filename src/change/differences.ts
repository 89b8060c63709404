type Raw = { [key: string]: unknown }

/**
 * How a stored object differs from the one that was sent, as paths in words; empty when it is what was meant. Defaults that the
 * server adds are no difference; in a list nothing may be missing, changed or added: one more rule in a NetworkPolicy opens it.
 * Only in pods may lists grow, where webhooks add volumes and sidecars.
 */
export function differences(sent: Raw, stored: Raw): string[] {
  const found: string[] = []
  const mayGrow = sent['kind'] === 'Pod'
  const { metadata, ...rest } = sent
  const { labels = {}, annotations = {} } = (metadata ?? {}) as Raw
  const kept = (stored['metadata'] ?? {}) as Raw
  compare(labels, kept['labels'], 'metadata.labels', mayGrow, found)
  compare(annotations, kept['annotations'], 'metadata.annotations', mayGrow, found)
  for (const [key, value] of Object.entries(rest)) compare(value, stored[key], key, mayGrow, found)
  // A record of the cluster says what was made, and is not believed on how.
  if (!mayGrow && sent['spec'] !== undefined) noteAdded(sent['spec'], stored['spec'], 'spec', found)
  return found
}

function compare(sent: unknown, stored: unknown, path: string, mayGrow: boolean, found: string[]): void {
  if (isNothing(sent) && isNothing(stored)) return
  // The server leaves out strings that are empty. In a policy they may stand in a selector, where a key that is gone is another one.
  if (mayGrow && sent === '' && stored === undefined) return
  if (Array.isArray(sent)) {
    const list = Array.isArray(stored) ? stored : []
    if (mayGrow ? list.length < sent.length : list.length !== sent.length) {
      found.push(`${path} has ${list.length} entries instead of ${sent.length}`)
      return
    }
    for (const [index, value] of sent.entries()) compare(value, list[index], `${path}[${index}]`, mayGrow, found)
    return
  }
  if (typeof sent === 'object' && sent !== null) {
    if (typeof stored !== 'object' || stored === null) {
      found.push(`${path} is missing`)
      return
    }
    for (const [key, value] of Object.entries(sent)) {
      compare(value, Object.hasOwn(stored, key) ? (stored as Raw)[key] : undefined, `${path}.${key}`, mayGrow, found)
    }
    return
  }
  if (sent !== stored) found.push(`${path} is ${JSON.stringify(stored)} instead of ${JSON.stringify(sent)}`)
}

// What the server never adds by itself changes what a policy means, wherever it stands: one more label in a selector selects less.
function noteAdded(sent: unknown, stored: unknown, path: string, found: string[]): void {
  if (typeof stored !== 'object' || stored === null) return
  for (const [key, value] of Object.entries(stored as Raw)) {
    const was = typeof sent === 'object' && sent !== null && Object.hasOwn(sent, key) ? (sent as Raw)[key] : undefined
    const isDefault = key === 'protocol' && value === 'TCP'
    if (was === undefined && !isNothing(value) && !isDefault) found.push(`${path}.${key} was added`)
    else noteAdded(was, value, `${path}.${key}`, found)
  }
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}
