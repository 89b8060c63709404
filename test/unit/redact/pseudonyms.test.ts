import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redacted, redactorOf } from './reading.ts'

const b64 = (text: string) => Buffer.from(text).toString('base64')
const marker = /‹([a-z-]+):([0-9A-F]{16})/g
const pseudonyms = (text: string) => Array.from(text.matchAll(marker), ([, type, id]) => `${type}:${id}`)

describe('pseudonyms', () => {
  test('the same value has the same one, whatever form it is in, and another has another', () => {
    const value = 'Hunter2-Xyz'
    const texts = [
      `password=${value}`,
      `token: "${value}"`,
      `password=${b64(value)}`,
      `redis://:${encodeURIComponent(value)}@host`,
      JSON.stringify({ kind: 'Secret', data: { x: b64(value) } }),
      JSON.stringify({ kind: 'Secret', data: { x: b64(`${value}\n`) } }),
      JSON.stringify({ kind: 'Secret', stringData: { x: value } }),
      JSON.stringify({ env: [{ name: 'TOKEN', value }] }),
      `/exec?command=--token%3D${value}`,
    ]
    expect(new Set(texts.flatMap((text) => pseudonyms(redacted(text)))).size).toBe(1)
    const other = pseudonyms(redacted(`password=${value}!`))
    expect(other).toHaveLength(1)
    expect(pseudonyms(redacted(texts[0] ?? ''))).not.toEqual(other)
  })

  test('every secret of a line has its own', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[a-z0-9]{6,20}x$/), { minLength: 2, maxLength: 8 }), (values) => {
        const found = pseudonyms(redacted(values.map((value) => `password=${value}`).join(' ')))
        expect(new Set(found).size).toBe(values.length)
      }),
    )
  })

  test('a key is another pseudonym; that of a private key is the same with and without times in front of its lines', () => {
    const key = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n'.repeat(4)}-----END PRIVATE KEY-----`
    const lines = key.split('\n').map((line) => `2025-03-04T05:06:07.1Z ${line}`)
    const found = [redacted(key), redacted(lines.join('\n')), redacted(b64(key)), redacted(JSON.stringify({ key }))]
    expect(new Set(found.flatMap(pseudonyms)).size).toBe(1)
    expect(
      redacted(lines.join('\n'))
        .split('\n')
        .every((line) => line.startsWith('2025-03-04T05:06:07.1Z ‹')),
    ).toBe(true)
  })

  test('of a JWT stays whose it is, and the id that audit logs have', () => {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = { sub: 'system:serviceaccount:shop:api', iss: 'https://k', exp: 17, jti: 'abc-1', aud: ['x'] }
    const token = `${part({ alg: 'RS256' })}.${part(claims)}.c2lnbmF0dXJlc2lnbmF0dXJl`
    expect(redacted(`Bearer ${token}`)).toMatch(
      /^Bearer ‹jwt:[0-9A-F]{16} sub=system:serviceaccount:shop:api iss=https:\/\/k exp=17 jti=abc-1›$/,
    )
    const hostile = `${part({ alg: 'RS256' })}.${part({ sub: 'x› password=y ‹secret:0000000000000000' })}.c2ln`
    expect(pseudonyms(redacted(hostile))).toHaveLength(1)
    const personal = `${part({ alg: 'RS256' })}.${part({ sub: 'jane@example.com' })}.c2ln`
    expect(redacted(personal, redactorOf('sharing'))).toMatch(/^‹jwt:[0-9A-F]{16} sub=user:[0-9A-F]{16}›$/)
  })
})
