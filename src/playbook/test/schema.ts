import { answersSchema } from '../answers-schema.ts'

const text = { type: 'string', minLength: 1, maxLength: 4000 }
const short = { type: 'string', minLength: 1, maxLength: 200 }
const key = { type: 'string', pattern: '^[a-z][A-Za-z0-9_]{0,40}(?:/[a-z][A-Za-z0-9_]{0,40})*$' }
const byStep = (of: object) => ({ type: 'object', propertyNames: key, additionalProperties: of })

const cluster = {
  description: 'manifests: a file or folder beside the test, objects as they are, or a list of these',
  oneOf: [
    { type: 'string', minLength: 1, maxLength: 500 },
    { type: 'array', maxItems: 500, items: { oneOf: [{ type: 'string', minLength: 1 }, { type: 'object' }] } },
  ],
}
const { inputs, decisions, confirm } = answersSchema.properties
const answers = {
  type: 'object',
  description: 'as in a file of answers; approvals are given, and changes confirmed, where nothing is said of them',
  additionalProperties: false,
  properties: {
    inputs,
    decisions,
    confirm,
    approvals: byStep({
      type: 'object',
      required: ['by'],
      additionalProperties: false,
      properties: { by: text },
    }),
  },
}
const outcomes = {
  ...byStep({
    type: 'object',
    minProperties: 1,
    additionalProperties: false,
    properties: {
      fails: { ...text, description: 'why the step fails' },
      outputs: { type: 'object', description: 'what its action gives; of a change, what carrying it out gives' },
      complete: { type: 'boolean', description: 'whether evidence has all of what it is to cover' },
    },
  }),
  description: 'what a fixture cannot show, by the key of the step',
}
const call = { run: short, with: { type: 'object' } }
const things = { type: 'array', items: text }
const expect = {
  type: 'object',
  required: ['path'],
  additionalProperties: false,
  properties: {
    path: {
      type: 'array',
      minItems: 1,
      description: 'the steps in order, also those that are skipped or fail: {STEP: skipped}',
      items: {
        oneOf: [key, { ...byStep({ enum: ['skipped', 'failed'] }), minProperties: 1, maxProperties: 1 }],
      },
    },
    calls: {
      ...byStep({ type: 'object', required: ['run'], additionalProperties: false, properties: call }),
      description: 'questions, evidence, and other playbooks: action or name, and values; of those that are named here',
    },
    changes: {
      ...byStep({
        type: 'object',
        required: ['run'],
        additionalProperties: false,
        properties: {
          ...call,
          undo: { ...things, description: 'what undo does, in its order; * stands for the id of the plan' },
          lost: { ...things, description: 'what undo does not bring back' },
        },
      }),
      description: 'all that is changed: where none is named, nothing may be',
    },
    end: { enum: ['finished', 'stopped'], description: 'finished, if nothing is said' },
    why: { ...text, description: 'a part of why it stopped' },
  },
}

/** JSON Schema (2020-12) of the tests of a playbook; docs/playbook-test.schema.json is the same. Which steps, values and outputs there are, the playbook says. */
export const testSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://kubectl-secure.github.io/v1/playbook-test.schema.json',
  title: 'Tests of a playbook',
  type: 'object',
  required: ['apiVersion', 'kind', 'cases'],
  additionalProperties: false,
  properties: {
    apiVersion: { const: 'kubectl-secure.github.io/v1' },
    kind: { const: 'PlaybookTest' },
    cluster,
    answers,
    outcomes,
    cases: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      items: {
        type: 'object',
        required: ['name', 'expect'],
        additionalProperties: false,
        properties: { name: short, cluster, answers, outcomes, expect },
      },
    },
  },
}
