import { behindKey, endOfValue } from './json-ends.ts'
import { isAt, type Known, type Slot } from './known.ts'

const [comma, openBrace, closeBrace] = [44, 123, 125]

/** A member of interest. */
export type Member = {
  name: string
  /** What its values mean, where they repeat. */
  known?: Known<unknown>
  /** The members of its value. */
  members?: MemberScan
}

/**
 * Where the values of an object's members stand in JSON text, found without parsing it. Only for text as the API server writes it: with no
 * space between its members. Within values nothing is checked but that strings and brackets end.
 */
export class MemberScan {
  readonly #members: readonly Member[]
  readonly #names: readonly Buffer[]
  readonly #from: Int32Array
  readonly #to: Int32Array
  readonly #slots: (Slot<unknown> | undefined)[]
  #limit = 0
  /** The end of the object that was scanned last, or -1. */
  end = -1

  /** The members in the order in which they mostly come. */
  constructor(members: readonly Member[]) {
    this.#members = members
    this.#names = members.map(({ name }) => Buffer.from(`"${name}":`, 'latin1'))
    this.#from = new Int32Array(members.length)
    this.#to = new Int32Array(members.length)
    this.#slots = members.map(() => undefined)
  }

  /** The end of the object that begins here, or -1 where it is not one of that kind; the others tell then what it has. */
  scan(bytes: Buffer, from: number, limit: number): number {
    this.#to.fill(0)
    this.#limit = limit
    this.end = this.#scan(bytes, from, limit)
    return this.end
  }

  #scan(bytes: Buffer, from: number, limit: number): number {
    if (bytes[from] !== openBrace) return -1
    if (bytes[from + 1] === closeBrace) return from + 2
    let at = from + 1
    let next = 0
    for (;;) {
      const member = this.#memberAt(bytes, at, next)
      const value = member < 0 ? behindKey(bytes, at, limit) : at + (this.#names[member] as Buffer).length
      if (value < 0) return -1
      const end = member < 0 ? endOfValue(bytes, value, limit) : this.#take(member, bytes, value)
      if (end < 0 || end >= limit) return -1
      if (bytes[end] === closeBrace) return end + 1
      if (bytes[end] !== comma) return -1
      if (member >= 0) next = member + 1
      at = end + 1
    }
  }

  /** Where the value of a member begins, quotes and brackets included; -1 where it has none. */
  from(member: number): number {
    return (this.#to[member] as number) > 0 ? (this.#from[member] as number) : -1
  }

  to(member: number): number {
    return this.#to[member] as number
  }

  /** What the value of a member means; undefined where it has none. */
  value(member: number, bytes: Buffer): unknown {
    const from = this.from(member)
    if (from < 0) return undefined
    return (this.#slots[member] ?? this.#members[member]?.known?.of(bytes, from, this.to(member), this.#limit))?.value
  }

  // Notes where a value of interest stands; returns its end, or -1.
  #take(member: number, bytes: Buffer, value: number): number {
    const limit = this.#limit
    const { known, members } = this.#members[member] as Member
    const slot = known?.guess(bytes, value, limit)
    let end = -1
    if (slot) end = value + slot.bytes.length
    else if (members) end = members.scan(bytes, value, limit)
    if (end < 0) end = endOfValue(bytes, value, limit)
    if (end < 0) return -1
    this.#slots[member] = slot
    this.#from[member] = value
    this.#to[member] = end
    return end
  }

  // They mostly come in their order: the search begins behind the last.
  #memberAt(bytes: Buffer, at: number, next: number): number {
    const names = this.#names
    for (let index = next; index < names.length; index++) if (isAt(bytes, at, names[index] as Buffer)) return index
    for (let index = 0; index < next; index++) if (isAt(bytes, at, names[index] as Buffer)) return index
    return -1
  }
}
