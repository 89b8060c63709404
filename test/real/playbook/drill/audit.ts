import { readFileSync } from 'node:fs'

/** One request, as the audit log of the API server has it. */
export type Act = {
  source: string
  actor: string
  verb: string
  type: string
  name: string
  code: number
  from: string
  text: string
}

type Event = {
  stage: string
  verb: string
  user: { username: string }
  sourceIPs?: string[]
  objectRef?: { resource?: string; subresource?: string; name?: string }
  responseStatus?: { code?: number }
}

/** What an account did: read by hand here, and not as the tool does. */
export function actsOf(auditLog: string, user: string): Act[] {
  return readFileSync(auditLog, 'utf8')
    .split('\n')
    .flatMap((line, index): Act[] => {
      if (line === '') return []
      const { stage, user: by, verb, objectRef = {}, responseStatus, sourceIPs } = JSON.parse(line) as Event
      if (stage !== 'ResponseComplete' || by.username !== user) return []
      const { resource = '', subresource, name = '' } = objectRef
      const type = subresource === undefined ? resource : `${resource}/${subresource}`
      const code = responseStatus?.code ?? 0
      const text = `${verb} ${type} ${name} ${code}`
      return [
        { source: `${auditLog}:${index + 1}`, actor: user, verb, type, name, code, from: sourceIPs?.[0] ?? '', text },
      ]
    })
}

/** Those that differ, as a report should have them, with all places where each stands. */
export function kindsOf(acts: readonly Act[], space: string) {
  const groups = Map.groupBy(acts, ({ text, from }) => `${text} ${from}`)
  return [...groups.values()].map((all) => {
    const { actor, verb, type, name, code } = all[0] as Act
    return {
      lines: all.map(({ source }) => source),
      actor,
      what: type === 'selfsubjectrulesreviews' ? 'ask for its own rights' : `${verb} ${type}`,
      outcome: code < 400 ? 'done' : `denied ${code}`,
      ...(name !== '' && { object: `${space}/${name}` }),
    }
  })
}
