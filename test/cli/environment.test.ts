import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { describeNeeding } from '../cluster/suite.ts'
import { serve } from './bad-server.ts'
import { boundObject, readerObject, whoReads } from './objects.ts'
import { binary, cleanEnv, example, folder, secure } from './run.ts'

const many = Array.from({ length: 20_000 }, (_, n) => boundObject(`b${n}`, `user-${n}`))
const big = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [readerObject, ...many] })
const tool = `'${process.execPath}' '${binary}'`

function shell(command: string, cwd: string, env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync('bash', ['-c', command], {
    cwd,
    env: cleanEnv(cwd, env),
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

test('a reader that has seen enough is no failure, and hides none', () => {
  const cwd = folder({ 'a.json': big, 'bad/b.yaml': 'a: [' })
  for (const [files, code, stderr] of [
    ['a.json', '0', ''],
    ['. ', '3', expect.stringContaining('bad/b.yaml: document 1, line 1')],
  ] as const) {
    for (const format of ['table', 'json', 'yaml']) {
      const ran = shell(
        `${tool} ${whoReads.join(' ')} -o ${format} --snapshot ${files} | head -1; echo "\${PIPESTATUS[0]}"`,
        cwd,
      )
      expect({ format, ...ran, stdout: ran.stdout.split('\n').at(-2) }).toEqual({
        format,
        status: 0,
        stdout: code,
        stderr,
      })
    }
  }
})

test('a closed standard output or error is no stack trace', () => {
  const cwd = folder({ 'a.json': big })
  expect(shell(`${tool} ${whoReads.join(' ')} --snapshot a.json >&-; echo $?`, cwd).stdout).toMatch(/^[04]\n$/)
  expect(shell(`${tool} nonsense 2>&-; echo $?`, cwd)).toEqual({ status: 0, stdout: '2\n', stderr: '' })
})

test('a full disk is said', () => {
  const cwd = folder({ 'a.json': big })
  const { stdout, stderr } = shell(`${tool} ${whoReads.join(' ')} --snapshot a.json > /dev/full; echo $?`, cwd)
  expect([stdout, stderr]).toEqual([
    '4\n',
    expect.stringMatching(/^error: the answer could not be written: ENOSPC.*\n$/),
  ])
})

test('a file gets all of a big answer', async () => {
  const cwd = folder({ 'a.json': big })
  const out = join(cwd, 'out')
  const file = openSync(out, 'w')
  const child = spawn(process.execPath, [binary, ...whoReads, '--snapshot', 'a.json'], {
    cwd,
    env: cleanEnv(cwd),
    stdio: ['ignore', file, 'ignore'],
  })
  await new Promise((resolve) => child.once('close', resolve))
  closeSync(file)
  expect(readFileSync(out, 'utf8').trimEnd().split('\n').length).toBe(20_000 + 1 + 2)
})

test('colour only where it is asked for', async () => {
  const words = ['who-can', 'get', 'secrets', '-A', '--snapshot', example]
  for (const [env, coloured] of [
    [{}, false],
    [{ NO_COLOR: '1' }, false],
    [{ TERM: 'dumb' }, false],
    [{ FORCE_COLOR: '1' }, true],
  ] as const) {
    const { stdout, stderr } = await secure(words, { env })
    expect({ env, out: stdout.includes('\u001b'), err: stderr.includes('\u001b') }).toEqual({
      env,
      out: false,
      err: coloured,
    })
  }
})

const script =
  spawnSync('script', ['--version']).status === 0 ? [] : ['no script(1), of util-linux, to make a terminal']
describeNeeding(script, 'a terminal', () => {
  const inTerminal = (columns: number, env: Record<string, string> = {}) => {
    const cwd = folder()
    const inner = `stty cols ${columns}; ${tool} who-can get secrets -A --snapshot '${example}'`
    return shell(`script -qec "${inner}" /dev/null < /dev/null`, cwd, {
      TERM: 'xterm',
      SHELL: '/bin/sh',
      ...env,
    }).stdout.replaceAll('\r\n', '\n')
  }

  test('where it is narrow the chain stands on a line of its own, whole', async () => {
    const { stdout } = await secure(['who-can', 'get', 'secrets', '-A', '--snapshot', example])
    const narrow = inTerminal(80)
    const chains = stdout
      .split('\n')
      .slice(1, -1)
      .map((line) => line.slice(stdout.indexOf('VIA')))
    for (const chain of chains) expect(narrow).toContain(`\n    ${chain}\n`)
    expect(inTerminal(500)).toContain(stdout)
  })

  test('colour by default, and none where NO_COLOR or a dumb terminal says so', () => {
    expect(inTerminal(80)).toContain('\u001b[36mNote:')
    expect(inTerminal(80, { NO_COLOR: '1' })).not.toContain('\u001b[36m')
    expect(inTerminal(80, { TERM: 'dumb' })).not.toContain('\u001b[36m')
  })
})

test('Ctrl-C while a server hangs ends with 130 and says so', async () => {
  for (const words of [whoReads, ['what-can', 'user:jane'], ['can', 'user:jane', 'get', 'secrets']]) {
    let pid = 0
    const { url, seen } = await serve(() => seen.length === 1 && process.kill(pid, 'SIGINT'))
    const { code, stdout, stderr } = await secure([...words, '--server', url], {
      onStart: (started) => (pid = started),
    })
    expect({ code, stdout, stderr }).toEqual({
      code: 130,
      stdout: '',
      stderr: expect.stringMatching(/^error: (\w+ \/\S+: )?interrupted\n$/) as unknown,
    })
  }
})
