import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

// `npm start`: the main questions on the example cluster, each with the command that asks it. With arguments, just those.
const root = dirname(import.meta.dirname)
const example = ['--snapshot', 'examples/cluster.json']
const own = process.argv.slice(2)

buildIfStale()
if (own.length > 0) {
  const isElsewhere = own.some((word) =>
    /^--(?:snapshot|kubeconfig|context|server|cluster|help|version)\b|^-s$/.test(word),
  )
  const isQuestion = /^(?:who-can|what-can|can|paths)$/.test(own[0] ?? '')
  process.exitCode = ask(isQuestion && !isElsewhere ? [...own, ...example] : own)
} else {
  const questions: [string, string[]][] = [
    ['Who can read secrets, anywhere?', ['who-can', 'get', 'secrets', '-A']],
    [
      'Who can open a shell in a pod of payments, and by which chain?',
      ['who-can', 'create', 'pods/exec', '-n', 'payments', '-o', 'wide'],
    ],
    ['What can Prometheus do?', ['what-can', 'sa:monitoring/prometheus']],
    ['Who can become admin or take over a node, and how?', ['paths']],
    ['Can the shop read the payment key?', ['can', 'sa:shop/web', 'get', 'secrets/stripe-key', '-n', 'payments']],
  ]
  for (const [question, words] of questions) {
    process.stdout.write(`\n# ${question}\n$ kubectl secure ${words.join(' ')}\n`)
    ask([...words, ...example])
  }
  process.stdout.write(
    `\nAsked of examples/cluster.json. Yours:  npm start -- who-can get secrets -A --context NAME\nInstalled:  bin/ on PATH, then  kubectl secure who-can get secrets -A\n`,
  )
}

function ask(words: string[]): number {
  return (
    spawnSync(process.execPath, [join(root, 'bin/kubectl-secure'), ...words], { cwd: root, stdio: 'inherit' }).status ??
    1
  )
}

function buildIfStale(): void {
  const built = join(root, 'dist/main.cjs')
  const newest = ['src', 'commands', 'package.json', 'scripts/build.ts'].reduce(
    (time, path) => Math.max(time, newestIn(join(root, path))),
    0,
  )
  if (existsSync(built) && statSync(built).mtimeMs >= newest) return
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.ts')], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) process.exit(status ?? 1)
}

function newestIn(path: string): number {
  const info = statSync(path)
  if (!info.isDirectory()) return info.mtimeMs
  const entries = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return entries.reduce((time, entry) => Math.max(time, statSync(join(path, entry)).mtimeMs), info.mtimeMs)
}
