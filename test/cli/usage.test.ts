import { expect, test } from 'vitest'
import { example, folder, secure } from './run.ts'

const files = ['--snapshot', example]
const mistakes: [words: string[], says: RegExp][] = [
  [['frobnicate'], /^error: unknown command "frobnicate"\nthe commands are apply, can, isolate, /],
  [['playbok', 'list'], /^error: unknown command "playbok list": did you mean playbook list\?\n--help/],
  [['risks', 'shop'], /^error: risks takes no argument "shop"\nkubectl secure risks --help says/],
  [['paths', 'sa:shop/web'], /^error: paths takes no argument "sa:shop\/web"\n/],
  [['-n', 'shop', 'who-can', 'get', 'pods'], /^error: flags stand behind the command: -n/],
  [['who-can'], /^error: Missing 2 required args:\nverb +get, list/],
  [['can', 'user:x', 'get'], /Missing 1 required arg:\ntarget +RESOURCE/],
  [['who-can', 'get', 'pods', 'more', ...files], /Unexpected argument: more/],
  [['who-can', 'get', 'pods', '--frob'], /Nonexistent flag: --frob/],
  [
    ['who-can', 'get', 'pods', '-o', 'xml', ...files],
    /Expected --output=xml to be one of: table, wide, json, yaml, name/,
  ],
  [['what-can', 'user:x', '-o', 'name', ...files], /Expected --output=name to be one of: table, wide, json, yaml/],
  [['who-can', 'get', 'pods', '-o'], /Flag --output expects/],
  [['who-can', 'get', 'pods', '-n'], /Flag --namespace expects a value/],
  [
    ['who-can', 'get', 'pods', '-n', 'x', '-A', ...files],
    /--namespace=x cannot also be provided when using --all-namespaces/,
  ],
  [['who-can', 'get', 'pods', '--verify', ...files], /cannot also be provided when using --verify/],
  [['can', 'user:x', 'get', 'pods', '--verify', ...files], /cannot also be provided when using --verify/],
  ...['bob', 'sa:shop', 'sa:shop/', 'sa:/web', 'user:', 'group:', 'pod:web', 'robot:x', ''].map(
    (subject): [string[], RegExp] => [
      ['what-can', subject, ...files],
      /is not a subject\nwrite sa:NAMESPACE\/NAME, user:NAME, group:NAME or pod:NAMESPACE\/NAME/,
    ],
  ),
  [['who-can', '', 'pods', ...files], /the verb is empty/],
  ...['', 'pods/', '/x --subresource y', '/x --name y'].map((target): [string[], RegExp] => [
    ['who-can', 'get', ...(target === '' ? [''] : target.split(' ')), ...files],
    target.startsWith('/')
      ? /a URL takes no --subresource and no --name/
      : /is neither RESOURCE\[\.GROUP\]\[\/NAME\] nor a \/URL/,
  ]),
  [['who-can', 'get', 'pods', '--name', '', ...files], /--name is empty/],
  [['who-can', 'get', 'pods/x', '--subresource', 'log', '--name', 'y', ...files], /do not go together/],
  [
    ['can', 'user:x', 'create', 'pods/web/exec', ...files],
    /no object has a slash in its name, .*\n.*: pods\/web --subresource=exec\n/,
  ],
  [['who-can', 'create', 'pods/exec/web', ...files], /: pods\/web --subresource=exec\n/],
  [['who-can', 'get', 'pods', '--snapshot', '/none'], /snapshot \/none: no such file or directory/],
  [['who-can', 'get', 'pods', '--snapshot', ''], /--snapshot is empty/],
  [['who-can', 'get', 'pods', '--snapshot', '.'], /no \.yaml, \.yml or \.json files in it/],
  [['who-can', 'get', 'pods'], /no cluster to talk to: nothing in .*\.kube\/config,.*\nName a kubeconfig/],
  [['who-can', 'get', 'pods', '--kubeconfig', '/none'], /\/none/],
  [['who-can', 'get', 'pods', '--server', 'ftp://x'], /ftp/],
  [['paths', '--max-hops', 'x'], /^error: Parsing --max-hops\nExpected an integer but received: x\n/],
  [['apply'], /Missing required flag filename/],
  [['apply', '-f', '/none'], /plan \/none: no such file or directory/],
  [['apply', '-f', example], /this is no plan: /],
  [['apply', '-f', 'x', '--dry-run'], /--dry-run expects one of these values: none, server/],
  [['apply', '-f', 'x', '--dry-run=client'], /Expected --dry-run=client to be one of: none, server/],
  [['undo'], /Missing 1 required arg:\nid/],
  [['resume', 'x'], /Exactly one of the following must be provided: --finish, --undo/],
  [['resume', 'x', '--finish', '--undo'], /--finish.* --undo|cannot also be provided/],
  [['preflight', '-o', 'wide', 'isolate'], /"isolate" stands behind flags/],
  [['preflight', 'frobnicate'], /Expected frobnicate to be one of: isolate, apply/],
  [
    ['who-can', 'get', 'pods', '--request-timeout', 'soon', '--server', 'http://127.0.0.1:1'],
    /--request-timeout "soon" is not a time/,
  ],
]

test.each(mistakes)('%j is a mistake, and says which', async (words, says) => {
  const { code, stdout, stderr } = await secure(words, { cwd: folder() })
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toMatch(/^error: /)
  expect(stderr).toMatch(says)
  expect(stderr).not.toMatch(/\n +at |this is a bug/)
})

test('help, in every way one asks for it, and the version', async () => {
  for (const words of [
    ['who-can', '--help'],
    ['help', 'who-can'],
    ['who-can', 'get', '--help'],
  ]) {
    const { code, stdout, stderr } = await secure(words)
    expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' })
    expect(stdout).toMatch(/kubectl secure who-can VERB RESOURCE/)
  }
  for (const words of [[], ['--help'], ['help']]) {
    const { code, stdout } = await secure(words)
    expect([code, stdout]).toEqual([0, expect.stringMatching(/who-can +Who can do this/)])
  }
  expect((await secure(['--version'])).stdout).toMatch(/^kubectl-secure\/\d/)
})
