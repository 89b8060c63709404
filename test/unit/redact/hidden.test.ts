import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { redactText } from '../../../src/redact/redactor.ts'
import { redacted, redactedPieces, redactorOf } from './reading.ts'

const red = '\x1b[31m'
const off = '\x1b[0m'
const tokens = (text: string) => Array.from(redacted(text).matchAll(/‹secret:([0-9A-F]{16})›/g), ([, id]) => id)
const [plain] = tokens('password=hunter2xx')

describe('codes of a terminal and NULs hide nothing', () => {
  test.each([
    `password=${red}hunter2xx${off}`,
    `DB_PASSWORD${off}: hunter2xx`,
    `\x1b[36mpassword${off}=hunter2xx`,
    `\x1b[36mpassword${off}${red}=${off}\x1b[1;38;5;200mhunter2xx${off} next`,
    `pass${red}word=hunter${off}2xx`,
    '\x1b[password=hunter2xx',
    'password=#033[31mhunter2xx#033[0m',
    '\\033[36mpassword\\033[0m=hunter2xx',
    'password=\x1b]8;;http://x\x07hunter2xx\x1b]8;;\x07',
    JSON.stringify({ m: `password=${red}hunter2xx${off}` }),
    JSON.stringify({ m: `\x1b[36mpassword${off}=${red}hunter2xx` }),
    JSON.stringify({ m: JSON.stringify({ m: `\x1b[36mpassword${off}=hunter2xx` }) }),
    `\x1b[34;1m"password"${off}:\x1b[32m"hunter2xx"${off}`,
    'pass\0word=hunter2xx',
    'password\0=\0hunter2xx',
    'password=hunt\0er2xx',
    'p\0a\0s\0s\0word=hunter2xx',
    JSON.stringify({ m: 'pass\0word=hunter2xx' }),
    'A=1\0PASSWORD=hunter2xx\0',
  ])('%j', (text) => {
    expect(redacted(text)).not.toMatch(/hunter|er2xx/)
    expect(redacted(text)).toMatch(/‹secret:/)
    expect(tokens(text), 'the pseudonym is that of the value alone').toContain(plain)
  })

  test('also as other programs write the code', () => {
    expect(redacted('^[[36mpassword^[[0m=^[[31mhunter2xx^[[0m')).not.toContain('hunter')
  })

  test('UTF-16 without a mark of its order is masked whole', () => {
    const little = Buffer.from('log: password=hünter2xx\nnext', 'utf16le')
    for (const bytes of [little, Buffer.from(little).swap16()]) {
      const output = redactText(bytes.toString('latin1'), redactorOf(), () => {})
      expect(output.replaceAll('\0', '')).not.toMatch(/log|nter|2xx|next/)
    }
  })

  test('what is coloured and no secret stays, byte by byte', () => {
    const text = `${red}ERROR${off} pod api-1 \0 failed: token: expired ${off}\x1b[K\n\0\0\0\0\0\0x\n`
    expect(redacted(text)).toBe(text)
  })
})

describe('lines that a runtime cut', () => {
  const head = (stream: string, tag: string) => `2025-03-04T05:06:07.123456789Z ${stream} ${tag} `

  test('a secret is masked wherever it is cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), (one, other) => {
        const line = 'a password=Hunter2canary-of-9 b c'
        const [from, to] = [Math.min(one, other), Math.max(one, other)]
        const parts = [line.slice(0, from), line.slice(from, to), line.slice(to)]
        const text = parts.map((part, at) => `${head('stdout', at < 2 ? 'P' : 'F')}${part}\n`).join('')
        const output = redacted(`${text}${head('stdout', 'F')}after\n`)
        const left = output.replaceAll(/‹[^›]*›|.*?std(?:out|err) [FP] |\n/g, '')
        expect(left).toBe('a password= b cafter')
        expect(output.split('\n')).toHaveLength(5)
      }),
    )
  })

  test('also where a window of a stream ends between its parts', async () => {
    const filler = `${head('stdout', 'F')}GET /healthz 200 in 17ms\n`
    for (let before = 0; before < 8; before++) {
      const text = `${filler.repeat(40 + before)}${head('stdout', 'P')}${'w '.repeat(400)}pass\n${head('stdout', 'F')}word=hunter2xx\n${filler.repeat(60)}`
      const output = await redactedPieces([Buffer.from(text)], redactorOf(), {
        size: 2048,
        overlap: 1024,
        most: 65_536,
      })
      expect(output.toString()).not.toContain('hunter2xx')
      expect(output.toString().match(/stdout [FP] /g)).toHaveLength(102 + before)
    }
  })

  test('those of the other stream are other lines', () => {
    const text = `${head('stdout', 'P')}password=\n${head('stderr', 'F')}started\n`
    expect(redacted(text)).toBe(text)
  })
})
