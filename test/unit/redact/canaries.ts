import fc from 'fast-check'
import { byPlace } from './places.ts'

/** A secret that is planted: what must not be found afterwards, and a text that it stands in. */
export type Planted = { class: string; canary: string; text: string }

const of = (alphabet: string, length: number) =>
  fc
    .array(fc.constantFrom(...Array.from(alphabet)), { minLength: length, maxLength: length })
    .map((units) => units.join(''))
const lower = 'abcdefghijklmnopqrstuvwxyz'
const digits = '0123456789'
const upper = lower.toUpperCase()
const all = upper + lower + digits
const word = of(all, 20).map((text) => `Zq7${text}`)
const symbols = of(`${all}!#%^*+=/?@.:_-`, 16).map((text) => `Zq7${text}Zq8`)

const keys = [
  'password',
  'DB_PASSWORD',
  'passwd',
  'client_secret',
  'apiKey',
  'api_key',
  'auth-token',
  'accessToken',
  'REDIS_PASS',
  'x-api-key',
  'aws_secret_access_key',
  'private_key',
  'sessionToken',
  'connection_string',
  'MYSQL_ROOT_PASSWORD',
  'jwt',
  'webhook_url',
]

/** What is told by its own looks. */
const byLooks: Record<string, fc.Arbitrary<string>> = {
  github: of(all, 36).map((text) => `ghp_${text}`),
  gitlab: of(all, 20).map((text) => `glpat-${text}`),
  slack: of(all, 24).map((text) => `xoxb-123456789012-${text}`),
  stripe: of(all, 24).map((text) => `sk_live_${text}`),
  aws: of(upper + digits, 16).map((text) => `AKIA${text}`),
  google: of(all, 35).map((text) => `AIza${text}`),
  vault: of(all, 90).map((text) => `hvs.${text}`),
  npm: of(all, 36).map((text) => `npm_${text}`),
  bootstrap: fc.tuple(of(lower, 6), of(lower + digits, 15)).map(([id, rest]) => `${id}.7${rest}`),
  bcrypt: of(all, 53).map((text) => `$2y$10$${text}`),
  jwt: fc.tuple(word, of(all, 43)).map(([sub, sign]) => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    return `${part({ alg: 'RS256', kid: sub })}.${part({ nonce: sub })}.${sign}`
  }),
}

const pem = of(all, 190).map(
  (body) => `-----BEGIN PRIVATE KEY-----\n${body.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----`,
)

/** A secret of any class, as it stands in a text. */
export const planted: fc.Arbitrary<Planted> = fc.oneof(
  ...Object.entries(byLooks).map(([name, value]) =>
    value.map((canary): Planted => ({ class: name, canary, text: `it is ${canary} there` })),
  ),
  pem.map((key): Planted => ({ class: 'pem', canary: key.slice(40, 90), text: key })),
  pem.map(
    (key): Planted => ({
      class: 'pem-lines',
      canary: key.slice(40, 90),
      text: key
        .split('\n')
        .map((line, at) => `2025-03-04T05:06:0${at % 10}.123456789Z ${line}`)
        .join('\n'),
    }),
  ),
  pem.map((key): Planted => {
    const lines = key
      .split('\n')
      .map((line) => JSON.stringify({ log: `${line}\n`, stream: 'stdout', time: '2025-03-04T05:06:07Z' }))
    return { class: 'pem-docker', canary: key.slice(40, 90), text: lines.join('\n') }
  }),
  pem.map((key): Planted => {
    const lines = key
      .split('\n')
      .flatMap((line) => [`2025-03-04T05:06:07.1Z stdout F ${line}`, '2025-03-04T05:06:07.2Z stderr F x=1'])
    return { class: 'pem-cri', canary: key.slice(40, 90), text: lines.join('\n') }
  }),
  fc.tuple(word, fc.nat(40)).map(([canary, at]): Planted => {
    const line = `x DB_PASSWORD=${canary} y`
    const heads = ['P', 'F'].map((tag) => `2025-03-04T05:06:07.123456789Z stdout ${tag} `)
    return { class: 'cut-cri', canary, text: `\n${heads[0]}${line.slice(0, at)}\n${heads[1]}${line.slice(at)}` }
  }),
  ...Object.entries(byPlace).flatMap(([name, put]) => {
    const value = [
      'flag',
      'bearer',
      'goStruct',
      'assignment',
      'colon',
      'yamlBlock',
      'yamlEnv',
      'xml',
      'event',
      'cookie',
      'kubeconfig',
      'netrc',
      'spoken',
      'login',
      'piped',
    ].includes(name)
      ? word
      : fc.oneof(word, symbols)
    return [
      fc
        .tuple(value, fc.constantFrom(...keys))
        .map(([canary, key]): Planted => ({ class: name, canary, text: put(canary, key) })),
    ]
  }),
)
