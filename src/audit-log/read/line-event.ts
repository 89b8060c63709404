import { isAscii } from 'node:buffer'
import { type Actor, type AuditEvent, type EventObject, levels, stages } from '../event.ts'
import { BodyText } from './body.ts'
import { objectRef } from './decode-event.ts'
import { eventMembers, inEvent, inTarget, targetMembers } from './event-members.ts'
import { text } from './fields.ts'
import type { MemberScan } from './members.ts'
import { parseJson } from './parse-json.ts'

/**
 * Makes events of lines as the API server writes them, in about the time of a bare JSON.parse: bodies stay text, and what
 * repeats is known. What it makes of a line is what decodeEvent makes of the parsed one; other lines it leaves alone.
 */
export class LineEvents {
  #block: Buffer | undefined
  #isAscii = false
  readonly #onDamage: () => void
  readonly #target = targetMembers()
  readonly #members = eventMembers(this.#target)

  /** `onDamage` is told of each body that proves damaged once it is looked at. */
  constructor(onDamage: () => void) {
    this.#onDamage = onDamage
  }

  /** The event of a line; undefined where it is another kind of line, or damaged. */
  read(bytes: Buffer, from: number, to: number, at: AuditEvent['at']): AuditEvent | undefined {
    if (this.#members.scan(bytes, from, to) !== to) return undefined
    if (bytes !== this.#block) {
      this.#block = bytes
      this.#isAscii = isAscii(bytes)
    }
    try {
      return this.#event(bytes, at)
    } catch (error) {
      if (error instanceof SyntaxError) return undefined
      throw error
    }
  }

  #event(bytes: Buffer, at: AuditEvent['at']): AuditEvent | undefined {
    const members = this.#members
    const auditID = this.#string(bytes, members, inEvent.auditID)
    const requestURI = this.#string(bytes, members, inEvent.requestURI)
    const verb = members.value(inEvent.verb, bytes) as string | undefined
    if (auditID === undefined || requestURI === undefined || verb === undefined) return undefined
    const level = members.value(inEvent.level, bytes)
    const stage = members.value(inEvent.stage, bytes)
    const annotations = (members.value(inEvent.annotations, bytes) ?? {}) as Record<string, string>
    const event: AuditEvent = {
      auditID,
      stage: stages.find((one) => one === stage) ?? 'ResponseComplete',
      level: levels.find((one) => one === level),
      verb,
      requestURI,
      sourceIPs: (members.value(inEvent.sourceIPs, bytes) ?? []) as string[],
      annotations,
      at,
    }
    // One by one: this is done for every line, and spreading objects takes longer than all the rest.
    const user = members.value(inEvent.user, bytes) as Actor | undefined
    if (user) event.user = user
    const impersonatedUser = members.value(inEvent.impersonatedUser, bytes) as Actor | undefined
    if (impersonatedUser) event.impersonatedUser = impersonatedUser
    const userAgent = members.value(inEvent.userAgent, bytes) as string | undefined
    if (userAgent !== undefined) event.userAgent = userAgent
    const target = this.#object(bytes, members.from(inEvent.objectRef), members.to(inEvent.objectRef))
    if (target) event.object = target
    const response = members.value(inEvent.responseStatus, bytes) as AuditEvent['response']
    if (response) event.response = response
    const received = this.#string(bytes, members, inEvent.received) ?? this.#string(bytes, members, inEvent.timestamp)
    if (received !== undefined) event.received = received
    const staged = this.#string(bytes, members, inEvent.staged)
    if (staged !== undefined) event.staged = staged
    const requestObject = this.#body(bytes, members.from(inEvent.requestObject), members.to(inEvent.requestObject))
    if (requestObject) event.requestObject = requestObject
    const responseObject = this.#body(bytes, members.from(inEvent.responseObject), members.to(inEvent.responseObject))
    if (responseObject) event.responseObject = responseObject
    if (annotations['audit.k8s.io/truncated'] === 'true') event.truncated = 'by-server'
    return event
  }

  #object(bytes: Buffer, from: number, to: number): EventObject | undefined {
    if (from < 0) return undefined
    const members = this.#target
    if (members.end !== to) return objectRef(parseJson(this.#text(bytes, from, to)))
    return objectRef({
      resource: members.value(inTarget.resource, bytes),
      namespace: members.value(inTarget.namespace, bytes),
      name: this.#string(bytes, members, inTarget.name),
      uid: this.#string(bytes, members, inTarget.uid),
      apiGroup: members.value(inTarget.apiGroup, bytes),
      apiVersion: members.value(inTarget.apiVersion, bytes),
      subresource: members.value(inTarget.subresource, bytes),
    })
  }

  #body(bytes: Buffer, from: number, to: number): BodyText | undefined {
    return from < 0 ? undefined : new BodyText(this.#text(bytes, from, to), this.#onDamage)
  }

  /** Undefined where it is no string. */
  #string(bytes: Buffer, members: MemberScan, member: number): string | undefined {
    const from = members.from(member)
    if (from < 0 || bytes[from] !== 34) return undefined
    const content = this.#text(bytes, from + 1, members.to(member) - 1)
    return content.includes('\\') ? text(parseJson(`"${content}"`)) : content
  }

  // Copied: the block is filled again.
  #text(bytes: Buffer, from: number, to: number): string {
    return bytes.toString(this.#isAscii ? 'latin1' : 'utf8', from, to)
  }
}
