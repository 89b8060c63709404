import type { AuditEvent } from '../event.ts'
import { actor, status } from './decode-event.ts'
import { entries, object, text, texts } from './fields.ts'
import { Known } from './known.ts'
import { MemberScan } from './members.ts'
import { parseJson } from './parse-json.ts'

/** The places of members in `eventMembers`. */
export const inEvent = {
  level: 2,
  auditID: 3,
  stage: 4,
  requestURI: 5,
  verb: 6,
  user: 7,
  impersonatedUser: 8,
  sourceIPs: 9,
  userAgent: 10,
  objectRef: 11,
  responseStatus: 12,
  requestObject: 13,
  responseObject: 14,
  received: 15,
  staged: 16,
  annotations: 17,
  timestamp: 18,
}

/** The places of members in `targetMembers`. */
export const inTarget = { resource: 0, namespace: 1, name: 2, uid: 3, apiGroup: 4, apiVersion: 5, subresource: 7 }

/** The members of an event in the order in which the API server writes them (audit/v1 types.go); `target` are those of its objectRef. */
export function eventMembers(target: MemberScan): MemberScan {
  const [word, user] = [known(text, 1), known(actor, 34)]
  return new MemberScan([
    { name: 'kind' },
    { name: 'apiVersion' },
    { name: 'level', known: word },
    { name: 'auditID' },
    { name: 'stage', known: word },
    { name: 'requestURI' },
    { name: 'verb', known: word },
    { name: 'user', known: user },
    { name: 'impersonatedUser', known: user },
    { name: 'sourceIPs', known: known(texts, 2) },
    { name: 'userAgent', known: word },
    { name: 'objectRef', members: target },
    { name: 'responseStatus', known: known(statusOf, 22) },
    { name: 'requestObject' },
    { name: 'responseObject' },
    { name: 'requestReceivedTimestamp' },
    { name: 'stageTimestamp' },
    { name: 'annotations', known: known((value) => entries(value, text), 104) },
    { name: 'timestamp' },
  ])
}

/** The members of an objectRef. */
export function targetMembers(): MemberScan {
  const word = known(text, 1)
  return new MemberScan([
    { name: 'resource', known: word },
    { name: 'namespace', known: word },
    { name: 'name' },
    { name: 'uid' },
    { name: 'apiGroup', known: word },
    { name: 'apiVersion', known: word },
    { name: 'resourceVersion' },
    { name: 'subresource', known: word },
  ])
}

function known<T>(read: (value: unknown) => T, skip: number): Known<T> {
  return new Known((bytes, from, to) => read(parseJson(bytes.toString('utf8', from, to))), skip)
}

function statusOf(value: unknown): AuditEvent['response'] {
  const raw = object(value)
  return raw && status(raw)
}
