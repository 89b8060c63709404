const identifier = '^[a-z][A-Za-z0-9_]{0,40}$'
const text = { type: 'string', minLength: 1, maxLength: 4000 }
const short = { type: 'string', minLength: 1, maxLength: 200 }
const next = { type: 'string', pattern: '^(?:[a-z][A-Za-z0-9_]{0,40})$', description: 'the id of a later step, or end' }
const expression = { type: 'string', minLength: 1, maxLength: 1000, description: 'CEL over inputs and steps' }
const duration = { type: 'string', pattern: '^[1-9][0-9]{0,4}[smh]$', description: '90s, 5m, 2h' }
const values = { type: 'object', propertyNames: { pattern: identifier } }

export const inputTypes = [
  'namespace',
  'pod',
  'workload',
  'node',
  'serviceaccount',
  'subject',
  'secret',
  'image-digest',
  'cidr',
  'duration',
  'enum',
  'bool',
  'string',
] as const

const input = {
  type: 'object',
  required: ['type', 'ask'],
  additionalProperties: false,
  properties: {
    type: { enum: inputTypes },
    ask: short,
    namespace: { ...expression, description: 'of what lies in a namespace: a value, or ${{ inputs.NAME.name }}' },
    values: { type: 'array', minItems: 2, maxItems: 20, uniqueItems: true, items: short },
    pattern: { type: 'string', maxLength: 200 },
    default: {},
    optional: { type: 'boolean' },
  },
}

const head = {
  id: { type: 'string', pattern: identifier },
  title: short,
  when: expression,
  next,
}

type Shape = { required: string[]; properties: Record<string, object> }
const kinds: Record<string, Shape> = {
  command: {
    required: ['run'],
    properties: {
      run: short,
      with: values,
      onFail: next,
      requires: { type: 'array', minItems: 1, items: { type: 'string', pattern: identifier } },
      destroys: { type: 'array', minItems: 1, items: short },
    },
  },
  get: { required: ['kind', 'name'], properties: { kind: short, name: short, namespace: short } },
  decision: {
    required: ['ask', 'cases'],
    properties: {
      ask: text,
      help: text,
      cases: {
        type: 'object',
        minProperties: 2,
        maxProperties: 9,
        propertyNames: { pattern: identifier },
        additionalProperties: {
          type: 'object',
          required: ['label', 'next'],
          additionalProperties: false,
          properties: { label: short, next },
        },
      },
    },
  },
  prompt: { required: ['input'], properties: { input } },
  approval: {
    required: ['role', 'covers'],
    properties: {
      role: short,
      ask: text,
      covers: { type: 'array', minItems: 1, items: { type: 'string', pattern: identifier } },
    },
  },
  verify: {
    required: ['run', 'until', 'timeout'],
    properties: { run: short, with: values, until: expression, timeout: duration, onTimeout: next },
  },
  wait: { required: ['for', 'why'], properties: { for: duration, why: text } },
  notify: { required: ['channel', 'message'], properties: { channel: short, message: text } },
  note: { required: ['text'], properties: { text } },
  call: { required: ['playbook'], properties: { playbook: short, with: values } },
}

/** JSON Schema (2020-12) of a playbook; docs/playbook.schema.json is the same. */
export const playbookSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://kubectl-secure.github.io/v1/playbook.schema.json',
  title: 'Playbook',
  type: 'object',
  required: ['apiVersion', 'kind', 'metadata', 'steps'],
  additionalProperties: false,
  properties: {
    apiVersion: { const: 'kubectl-secure.github.io/v1' },
    kind: { const: 'Playbook' },
    metadata: {
      type: 'object',
      required: ['name', 'version', 'title'],
      additionalProperties: false,
      properties: {
        name: { type: 'string', pattern: '^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$' },
        version: { type: 'string', pattern: '^[0-9]+\\.[0-9]+\\.[0-9]+$' },
        title: short,
        description: text,
        attack: { type: 'array', items: { type: 'string', pattern: '^(?:T[0-9]{4}(?:\\.[0-9]{3})?|MS-TA[0-9]{4})$' } },
        sources: {
          type: 'array',
          items: {
            type: 'object',
            required: ['title', 'url'],
            additionalProperties: false,
            properties: { title: short, url: { type: 'string', pattern: '^https://', maxLength: 500 } },
          },
        },
      },
    },
    inputs: { type: 'object', maxProperties: 30, propertyNames: { pattern: identifier }, additionalProperties: input },
    steps: {
      type: 'array',
      minItems: 1,
      maxItems: 200,
      items: {
        type: 'object',
        discriminator: { propertyName: 'type' },
        required: ['id', 'type'],
        oneOf: Object.entries(kinds).map(([type, { required, properties }]) => ({
          type: 'object',
          required,
          additionalProperties: false,
          properties: { type: { const: type }, ...head, ...properties },
        })),
      },
    },
  },
}
