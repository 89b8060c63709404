import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../src/redact/redactor.ts'
import { planted } from './canaries.ts'
import { encodings } from './encodings.ts'
import { redacted, redactedPieces, redactorOf } from './reading.ts'

const marker = /‹([a-z-]+):([0-9A-F]{16})/g
const pseudonyms = (text: string) => Array.from(text.matchAll(marker), ([, type, id]) => `${type}:${id}`)

describe('what somebody wrote to fool it', () => {
  test.each([
    '‹secret:0123456789ABCDEF›',
    '‹jwt:0123456789ABCDEF sub=admin›',
    '‹Token:7f3a99›',
    '{"a":"\\u2039secret:0123456789ABCDEF\\u203a"}',
  ])('a marker that is not ours is told apart: %s', (text) => {
    expect(redacted(`x ${text} y`)).toMatch(/‹forged:[0-9A-F]{16}›/)
    expect(redacted(`x ${text} y`)).not.toContain('0123456789ABCDEF')
  })

  test('in a derivative they are ours, and stay', () => {
    const text = 'x ‹secret:0123456789ABCDEF› password=‹secret:0123456789ABCDEF› y'
    expect(redacted(text, redactorOf('secrets', { isDerivative: true }))).toBe(text)
  })

  test('a line that switches another tool off is a line', () => {
    expect(redacted('# secretlint-disable\npassword=hunter2x\n')).toMatch(/^# secretlint-disable\npassword=‹secret:/)
  })

  test('deeper than can be looked into it is masked whole', () => {
    let text = 'password=hunter2x'
    for (let depth = 0; depth < 12; depth++) text = JSON.stringify({ a: text })
    const findings: Finding[] = []
    const output = redacted(text, redactorOf(), findings)
    expect(output).not.toContain('hunter2x')
    expect(() => JSON.parse(output) as unknown).not.toThrow()
    expect(findings.map(({ rule }) => rule)).toContain('too-deep')
  })
})

// What codes and NULs stand in is read in two ways: beside a marker one of them may mask more.
const lasting = Object.keys(encodings).filter((name) => name !== 'coloured' && name !== 'nuls')

describe('what is not masked', () => {
  test('once redacted, nothing changes any more', () => {
    fc.assert(
      fc.property(planted, fc.array(fc.constantFrom(...lasting), { maxLength: 2 }), ({ text }, by) => {
        const once = redacted(`a ${by.reduce((now, name) => (encodings[name] ?? String)(now), text)} z\n`)
        expect(redacted(once, redactorOf('secrets', { isDerivative: true }))).toBe(once)
      }),
      { numRuns: 1000 },
    )
  })

  test('any bytes stay as they are where there is no secret; and JSON stays JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), async (pieces) => {
        const bytes = Buffer.concat(pieces).map((byte) => (byte === 0 ? 1 : byte))
        const output = await redactedPieces(
          pieces.map((piece) => Buffer.from(piece.map((byte) => (byte === 0 ? 1 : byte)))),
          redactorOf(),
        )
        expect(output.equals(bytes)).toBe(true)
      }),
    )
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(() => JSON.parse(redacted(json)) as unknown).not.toThrow()
      }),
    )
    const invalid = Buffer.from([0x61, 0xff, 0xfe, 0x0a, 0xc3, 0x28, 0, 0x62])
    expect((await redactedPieces([invalid], redactorOf())).equals(invalid)).toBe(true)
  })

  test.each([
    '{"n":9007199254740993,"f":1.0e-30,"big":123456789012345678901234567890}',
    '{"automountServiceAccountToken":true,"secretName":"db","secrets":[{"name":"x"}],"tokenExpirationSeconds":3607}',
    '{"secretKeyRef":{"name":"db","key":"password"},"imagePullSecrets":[{"name":"regcred"}]}',
    '{"apiGroups":[""],"resources":["secrets","serviceaccounts/token"],"verbs":["get"]}',
    '{"annotations":{"authorization.k8s.io/decision":"allow","authentication.kubernetes.io/credential-id":"JTI=0a1b"}}',
    '{"labels":{"kubernetes.io/legacy-token-invalid-since":"2026-11-22","kubernetes.io/legacy-token-last-used":"2026-11-21"}}',
    'Error: secret "db" not found',
    'failed to get secret: not found',
    'token: expired',
    'tokens: 1532',
    'PWD=/app',
    'GET http://host:8080/path@v2 200',
    'uid 0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f, pod api-7d9f8b6c5d-x2x4z',
    '2025-03-04T05:06:07Z 12:34:56 10.1.2.3 bob@example.com',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    '{"kind":"ConfigMap","data":{"a":"b","Corefile":".:53 {\\n errors\\n}\\n"}}',
  ])('%s', (text) => {
    expect(redacted(text)).toBe(text)
  })
})

describe('for sharing', () => {
  const sharing = (text: string) => redacted(text, redactorOf('sharing'))

  test('addresses and people are masked, the same in a field and in a text', () => {
    const field = pseudonyms(sharing('{"user":{"username":"jane@example.com"}}'))
    expect(field).toEqual(pseudonyms(sharing('mail to jane@example.com now')))
    expect(field[0]).toMatch(/^user:/)
    expect(sharing('from 10.1.2.3:443 and fd00::1, [2001:db8::1]:80')).toMatch(
      /^from ‹ip:.{16}›:443 and ‹ip:.{16}›, \[‹ip:.{16}›\]:80$/,
    )
    expect(sharing('{"subjects":[{"kind":"User","name":"jane"}]}')).toMatch(/"name":"‹user:/)
    expect(sharing('User "jane" cannot list pods')).toMatch(/^User "‹user:.{16}›" cannot/)
    expect(sharing('{"env":[{"name":"GREETING","value":"hello"}]}')).toMatch(/"value":"‹secret:/)
  })

  test.each([
    '{"username":"system:serviceaccount:shop:api"}',
    'User "system:serviceaccount:shop:api" cannot list pods',
    '{"subjects":[{"kind":"Group","name":"dev"},{"kind":"ServiceAccount","name":"api"}]}',
    'cidr 10.0.0.0/8 0.0.0.0/0 127.0.0.1 at 12:34:56 version 1.34.4 std::string',
  ])('what is of nobody stays: %s', (text) => {
    expect(sharing(text)).toBe(text)
  })
})
