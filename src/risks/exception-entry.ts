import { apiVersion } from '../snapshot/snapshot.ts'

/** One finding that is known and accepted. */
export type Exception = {
  /** What names the finding: its id; or its rule, whom it is about, and its scope, whatever its grants. */
  of: { id: string } | { rule: string; subject: string; scope: string }
  owner: string
  reason: string
  /** The last day on which it counts, `2026-12-31`, in UTC. */
  expires?: string
  /** Where it stands. */
  file: string
  line: number
}

/** An entry as it is written. */
export type ExceptionEntry = {
  id?: string
  rule?: string
  subject?: string
  scope?: string
  owner: string
  reason: string
  expires?: string
}

const text = (description: string) => ({ type: 'string', pattern: '\\S', description })

/** JSON Schema (2020-12) of the file of exceptions: docs/risk-exceptions.schema.json. */
export const exceptionsSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Findings of `kubectl secure risks` that are known and accepted',
  type: 'object',
  required: ['apiVersion', 'kind', 'exceptions'],
  additionalProperties: false,
  properties: {
    apiVersion: { const: apiVersion },
    kind: { const: 'RiskExceptions' },
    exceptions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['owner', 'reason'],
        oneOf: [{ required: ['id'] }, { required: ['rule', 'subject', 'scope'] }],
        additionalProperties: false,
        properties: {
          id: { type: 'string', pattern: '^[a-z][a-z-]*-[0-9a-f]{16}$', description: 'the id of the finding' },
          rule: text('the rule of the finding; with subject and scope in place of its id, whatever its grants'),
          subject: text('whom or what it is about, as tables show it: sa:shop/web, Deployment/shop/web'),
          scope: text('a namespace, or * for what holds in the whole cluster; it is no pattern'),
          owner: text('who answers for it'),
          reason: text('why it is accepted'),
          expires: {
            type: 'string',
            pattern: '^\\d{4}-\\d{2}-\\d{2}$',
            description: 'the last day on which it counts, in UTC: 2026-12-31',
          },
        },
      },
    },
  },
}
