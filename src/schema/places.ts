import { EVENT_ID, getScalarValue, parseEvents } from 'js-yaml'

/**
 * The lines, from 1, on which the values of a YAML document stand (those in a mapping: their keys), by JSON pointer. The text has been parsed without complaint before.
 */
export function placesOf(text: string): Map<string, number> {
  const places = new Map<string, number>()
  const open: { pointer: string; mapping: boolean; children: number; key: string }[] = []
  let [line, counted] = [1, 0]
  const lineAt = (index: number) => {
    for (; counted < index; counted += 1) if (text[counted] === '\n') line += 1
    return line
  }
  for (const event of parseEvents(text, {})) {
    if (event.type === EVENT_ID.POP) {
      open.pop()
      continue
    }
    const parent = open.at(-1)
    const isKey = parent?.mapping === true && parent.children % 2 === 0
    if (parent && isKey && event.type === EVENT_ID.SCALAR) parent.key = escaped(getScalarValue(text, event))
    const start = 'valueStart' in event ? event.valueStart : 'start' in event ? event.start : -1
    const pointer = parent ? (parent.children < 0 ? '' : `${parent.pointer}/${nameIn(parent)}`) : ''
    // A key comes before its value: its line is the one to show.
    if (start >= 0 && !places.has(pointer)) places.set(pointer, lineAt(start))
    if (parent && parent.children >= 0) parent.children += 1
    if (event.type === EVENT_ID.SCALAR || event.type === EVENT_ID.ALIAS) continue
    const isDocument = event.type === EVENT_ID.DOCUMENT
    open.push({ pointer, mapping: event.type === EVENT_ID.MAPPING, children: isDocument ? -1 : 0, key: '' })
  }
  return places
}

function nameIn({ mapping, children, key }: { mapping: boolean; children: number; key: string }): string {
  return mapping ? key : String(children)
}

/** The line of the first alias (`*name`); undefined where there is none. They can make a small file an endless value. */
export function aliasIn(text: string): number | undefined {
  const alias = parseEvents(text, {}).find((event) => event.type === EVENT_ID.ALIAS)
  return alias && 'anchorStart' in alias ? text.slice(0, alias.anchorStart).split('\n').length : undefined
}

// RFC 6901, 3.
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}
