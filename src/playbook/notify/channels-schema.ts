const secretPlace = {
  type: 'object',
  minProperties: 1,
  maxProperties: 1,
  additionalProperties: false,
  properties: {
    env: { type: 'string', minLength: 1, description: 'the environment variable that has it' },
    file: { type: 'string', minLength: 1, description: 'the file that has it' },
  },
}
const kinds = {
  slack: { required: ['url'], properties: { url: secretPlace } },
  pagerduty: {
    required: ['key'],
    properties: {
      key: secretPlace,
      server: { type: 'string', description: 'https://events.pagerduty.com where it is left out' },
      severity: { enum: ['critical', 'error', 'warning', 'info'] },
    },
  },
  webhook: { required: ['url', 'secret'], properties: { url: { type: 'string' }, secret: secretPlace } },
  email: {
    required: ['server', 'from', 'to'],
    properties: {
      server: { type: 'string', description: 'smtps://HOST, or smtp://HOST:587, which has to offer STARTTLS' },
      user: { type: 'string' },
      password: secretPlace,
      from: { type: 'string' },
      to: { type: 'array', minItems: 1, items: { type: 'string' } },
    },
  },
}

/** JSON Schema (2020-12) of the file of channels. */
export const channelsSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Channels that playbooks may notify',
  type: 'object',
  required: ['channels'],
  additionalProperties: false,
  properties: {
    channels: {
      type: 'object',
      propertyNames: { pattern: '^[a-z0-9][a-z0-9-]{0,62}$' },
      additionalProperties: {
        type: 'object',
        discriminator: { propertyName: 'type' },
        required: ['type'],
        oneOf: Object.entries(kinds).map(([type, { required, properties }]) => ({
          type: 'object',
          required,
          additionalProperties: false,
          properties: { type: { const: type }, ...properties },
        })),
      },
    },
  },
}
