import { expect, test } from 'vitest'
import { LeftOut } from '../../../src/redact/redactor.ts'
import { redactedPieces, redactorOf } from './reading.ts'

// Of the windows that are usual, many.
const mib = 1024 * 1024
const filler = 'words of a line that does not end '

function* pieces(...parts: (string | [string, number])[]) {
  for (const part of parts) {
    const [text, bytes] = typeof part === 'string' ? [part, part.length] : part
    const block = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)))
    if (typeof part === 'string') yield Buffer.from(part)
    else for (let left = bytes; left > 0; left -= block.length) yield block.subarray(0, left)
  }
}

const read = async (...parts: (string | [string, number])[]) =>
  (await redactedPieces(pieces(...parts), redactorOf())).toString()

test('a line without an end: secrets anywhere in it are masked, and all else stays', async () => {
  for (const before of [mib - 65_540, mib - 20, mib, 2 * mib - 65_550]) {
    const output = await read([filler, before], ' password=hunter2x-canary ', [filler, 2 * mib])
    expect(output).not.toContain('canary')
    expect(output.replace(/‹[^›]*›/, 'hunter2x-canary')).toHaveLength(
      before + 2 * mib + ' password=hunter2x-canary '.length,
    )
  }
})

test('a private key without an end, on one line or on many, is masked to where it stops', async () => {
  const output = await read(
    'before\n-----BEGIN PRIVATE KEY-----',
    ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASC', 3 * mib],
    '!after\n',
  )
  expect(output).toMatch(/^before\n‹private-key:[0-9A-F]{16}›!after\n$/)
  const lines = await read('-----BEGIN PRIVATE KEY-----\n', ['MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n', 33 * 1200], 'x: 1\n')
  expect(lines).not.toContain('MIIEvQ')
  expect(lines).toContain('x: 1\n')
})

test('base64 that does not end is masked from where something was found in it', async () => {
  const secret = Buffer.from(`${'x'.repeat(300)} password=hunter2x-canary `).toString('base64')
  const output = await read('payload ', secret, ['QUJD', 3 * mib], ' after\n')
  expect(output).not.toContain(secret.slice(400, 440))
  expect(output).toMatch(/ after\n$/)
})

test('JSON that is longer than can be held is refused', async () => {
  await expect(read('{"a":["', [filler, 40 * mib])).rejects.toThrow(LeftOut)
})

test('a long line of JSON is read by its structure', async () => {
  const output = await read(
    '{"kind":"Secret","metadata":{"note":"',
    [filler, 3 * mib],
    '"},"data":{"x":"Y2FuYXJ5LWNhbmFyeQ=="}}\n',
  )
  expect(output).toMatch(/"data":\{"x":"‹secret:[0-9A-F]{16}›"\}\}\n$/)
})
