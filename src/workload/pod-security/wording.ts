import type { Container, Holder } from './pod.ts'

/** `"a", "b"`, as upstream has it: what is in the names is not escaped. */
export function quoted(names: readonly string[]): string {
  return `"${names.join('", "')}"`
}

export function plural(count: number, one: string, many: string): string {
  return count === 1 ? one : many
}

export function containersText(containers: readonly { name: string }[]): string {
  return `${plural(containers.length, 'container', 'containers')} ${quoted(containers.map(({ name }) => name))}`
}

/** `pod and container "a"`: those that set a field, which the pod has as well as its containers. */
export function settersText(setters: readonly (Holder | Container)[]): string {
  const containers = setters.filter((setter) => 'name' in setter)
  const pod = containers.length < setters.length ? ['pod'] : []
  return [...pod, ...(containers.length > 0 ? [containersText(containers)] : [])].join(' and ')
}

/** Each text once, in the order of its bytes in UTF-8, as Go's sets list them. */
export function sortedSet(texts: readonly string[]): string[] {
  if (texts.length < 2) return [...texts]
  return [...new Set(texts)].sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
}

/** Go's %q. */
export function goQuoted(text: string): string {
  const escaped = text.replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["\\]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (character === '"' || character === '\\') return `\\${character}`
    const letter = 'abtnvfr'[code - 7]
    if (letter !== undefined) return `\\${letter}`
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
    return code > 0xff_ff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `"${escaped}"`
}
