const text = { type: 'string', minLength: 1, maxLength: 4000 }
const digest = { type: 'string', pattern: '^[0-9a-f]{64}$' }

/** JSON Schema (2020-12) of a file of answers; docs/playbook-answers.schema.json is the same. Which keys and values there may be, the playbook says. */
export const answersSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: 'https://kubectl-secure.github.io/v1/playbook-answers.schema.json',
  title: 'Answers to a playbook',
  type: 'object',
  additionalProperties: false,
  properties: {
    inputs: {
      type: 'object',
      description: 'by the name of an input, or the key of a prompt step',
      additionalProperties: {
        oneOf: [
          text,
          { type: 'boolean' },
          {
            type: 'object',
            required: ['name'],
            additionalProperties: false,
            properties: { kind: text, namespace: text, name: text, uid: text },
          },
        ],
      },
    },
    decisions: {
      type: 'object',
      description:
        'the case that is chosen, by the key of the step; an unquoted yes or no is YAML for true and false, in playbooks too',
      additionalProperties: { oneOf: [text, { type: 'boolean' }] },
    },
    approvals: {
      type: 'object',
      description: 'who approves, and of which playbook; by the key of the step',
      additionalProperties: {
        type: 'object',
        required: ['by', 'playbook'],
        additionalProperties: false,
        properties: {
          by: text,
          playbook: { ...digest, description: 'SHA-256 of the playbook that is approved' },
          plans: { type: 'array', items: digest, description: 'digests of plans that are known by then' },
        },
      },
    },
    confirm: {
      type: 'object',
      description: 'changes that may be made, by the key of the step: true, or the names of what is destroyed',
      additionalProperties: { oneOf: [{ type: 'boolean' }, text, { type: 'array', minItems: 1, items: text }] },
    },
  },
}
