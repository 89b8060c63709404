import fc from 'fast-check'
import { expect, test } from 'vitest'
import { redacted, redactorOf } from './reading.ts'

test('no text makes the steps more than so many a byte', () => {
  const bad = [
    'password=',
    'password:',
    'password="',
    'password=\\"',
    '{"',
    '[{"',
    '{"a":',
    '{"password":[',
    'eyJ',
    'eyJhbGciOi.',
    '://',
    'a://b:c@',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN PRIVATE KEY-----\n',
    '%41',
    '\\u0041',
    '\\n',
    '"\\',
    '\\\\',
    '‹secret:0000000000000000›',
    '‹',
    'cGFzc3dvcmQ9',
    'H4sI',
    'AKIA',
    'password: |\n',
    'data:\n',
    'name: PASSWORD\n',
    'a@b.c ',
    '1.',
    ':1',
    'mysql -p',
    'a.',
    '\x1b[31m',
    '\x1b]',
    'a\0',
    "password='a''",
    'password is ',
    'login x password ',
    'docker login -p ',
    'echo x | ',
    '--stdin',
    '2025-03-04T05:06:07.123456789Z stdout P a\n',
  ]
  const steps = (text: string) => {
    const redactor = redactorOf('sharing')
    try {
      redacted(text, redactor)
    } catch (error) {
      // Refused: that is a bound too.
      expect(error).toHaveProperty('message', expect.stringContaining('steps'))
    }
    return redactor.reading.work.steps / text.length
  }
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...bad), { minLength: 1, maxLength: 4 }),
      fc.constantFrom('', ' ', '\n', 'x'),
      (parts, between) => {
        const one = parts.join('') + between
        const [few, many] = [
          steps(one.repeat(Math.ceil(2000 / one.length))),
          steps(one.repeat(Math.ceil(32_000 / one.length))),
        ]
        expect(many, `${few} a byte, and then ${many}`).toBeLessThan(few * 4 + 50)
      },
    ),
    { numRuns: 100 },
  )
})
