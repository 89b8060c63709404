import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const program = join(import.meta.dirname, 'ask.ts')
const hasScript = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0

type End = { code: number | null; text: string }

/** Runs it with a pipe where a terminal should be. */
async function piped(options: object, input: string): Promise<End> {
  return await ended(spawn(process.execPath, [program, JSON.stringify(options)]), (child) => child.stdin?.end(input))
}

/** Runs it on a pseudo terminal (util-linux script) and types once the question stands there. */
async function typedOn(options: object, ...keys: string[]): Promise<End> {
  const command = `'${process.execPath}' '${program}' '${JSON.stringify(options)}'`
  const left = [...keys]
  let seen = ''
  return await ended(spawn('script', ['-qec', command, '/dev/null']), (child) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString()
      if (!seen.includes('jane?') || left.length === 0) return
      child.stdin?.write(left.shift() ?? '')
    })
  })
}

async function ended(child: ReturnType<typeof spawn>, begin: (running: typeof child) => void): Promise<End> {
  let text = ''
  child.stdout?.on('data', (chunk: Buffer) => (text += chunk.toString()))
  begin(child)
  return await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, text: /(?:ANSWER|ERROR) .*/.exec(text)?.[0].trimEnd() ?? text }))
  })
}

test('a y from a pipe is nobody’s word', async () => {
  const end = await piped({}, 'y\ny\n')
  expect(end).toEqual({ code: 2, text: 'ERROR usage run it on a terminal, or add --yes' })
  expect((await piped({ typed: 'payments' }, 'payments\n')).code).toBe(2)
})

test('--yes answers, but not what only a person may', async () => {
  expect((await piped({ yes: true }, '')).text).toBe('ANSWER true')
  expect((await piped({ yes: true, typed: 'payments' }, '')).text).toBe('ANSWER true')
  const end = await piped({ yes: true, typed: 'payments', never: true }, 'payments\n')
  expect(end).toEqual({ code: 2, text: 'ERROR usage run it on a terminal: --yes is not enough for this' })
})

const onTerminal = test.skipIf(!hasScript)

onTerminal.for([
  ['y\r', 'ANSWER true'],
  ['yes\r', 'ANSWER true'],
  ['\r', 'ANSWER false'],
  ['n\r', 'ANSWER false'],
] as const)('on a terminal %j is %s', async ([keys, text]) => {
  expect(await typedOn({}, keys)).toEqual({ code: 0, text })
})

onTerminal.for(['\u0003', '\u0004'])('Ctrl-C and Ctrl-D (%j) end it as interrupted', async (key) => {
  const { code, text } = await typedOn({}, key)
  expect(text).toMatch(/^ERROR interrupted/)
  expect(code).toBe(130)
})

onTerminal('what cannot be taken back is typed in full; Enter alone is a no', async () => {
  expect((await typedOn({ typed: 'payments' }, 'payments\r')).text).toBe('ANSWER true')
  expect((await typedOn({ typed: 'payments' }, '\r')).text).toBe('ANSWER false')
  // A wrong word is asked for again; `y` is one.
  expect((await typedOn({ typed: 'payments' }, 'y\r', '\u0003')).text).toMatch(/^ERROR interrupted/)
  expect((await typedOn({ yes: true, typed: 'payments', never: true }, 'payments\r')).text).toBe('ANSWER true')
})
