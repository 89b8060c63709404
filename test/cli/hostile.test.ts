import { expect, test } from 'vitest'
import { hostileCharacters } from '../../src/text/hostile.ts'
import { boundObject, readerObject } from './objects.ts'
import { folder, root, secure } from './run.ts'

// What a terminal or an editor obeys: colours and cursor moves, line breaks, reordering, what is not shown, half of a pair.
const nasty = [
  '\u001b[2K\u001b[1A\u001b]0;pwned\u0007',
  '\nadmin   User   *   *   ClusterRoleBinding/fine',
  '\r\u0008\u0000\u009b31m',
  '\u202e\u2066\u200f\u061c',
  '\u200b\u00ad\u2060\ufeff\u3164\u{e0041}',
  '\ud800',
  '\u2028\u2029\u0085',
  '\t--flag',
  '\\u{41}',
]

const place = (text: string) => ({
  'a.json': JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      { ...readerObject, metadata: { name: `reader${text}` } },
      { ...boundObject(`binding${text}`, `jane${text}`), roleRef: { kind: 'ClusterRole', name: `reader${text}` } },
      { ...boundObject(`lost${text}`, 'joe'), roleRef: { kind: 'ClusterRole', name: `none${text}` } },
      {
        ...boundObject('sa', ''),
        kind: 'RoleBinding',
        metadata: { name: 'sa', namespace: `ns${text}` },
        roleRef: { kind: 'ClusterRole', name: `reader${text}` },
        subjects: [{ kind: 'ServiceAccount', name: `app${text}`, namespace: `ns${text}` }],
      },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `ns${text}` } },
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `pod${text}`, namespace: `ns${text}` },
        spec: { serviceAccountName: `app${text}` },
      },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: `odd${text}` }, spec: text },
    ],
  }),
  // A file name holds no NUL, and Linux keeps it as bytes: no lone surrogate either.
  [`f${text.replaceAll(/[\0\ud800/]/g, '')}.yaml`]: 'a: [',
})

test.each(nasty.map((text) => [JSON.stringify(text), text]))('%s does no harm anywhere', async (_, text) => {
  const cwd = folder(place(text))
  const files = ['--snapshot', '.']
  const commands = [
    ...['table', 'wide', 'name', 'json', 'yaml'].map((format) => [
      'who-can',
      'get',
      'secrets',
      '-A',
      '--expand',
      '-o',
      format,
      ...files,
    ]),
    ['what-can', `user:jane${text.replaceAll('\0', '')}`, '-o', 'wide', ...files],
    [
      'can',
      'group:x',
      `get${text.replaceAll('\0', '')}`,
      `secrets${text.replaceAll('\0', '')}`,
      '-o',
      'wide',
      ...files,
    ],
    [`x${text.replaceAll('\0', '')}`],
    ['who-can', `--x${text.replaceAll('\0', '')}`],
    ['what-can', text.replaceAll('\0', ''), ...files],
    ['who-can', 'get', 'pods', '--snapshot', `none${text.replaceAll('\0', '')}`],
  ]
  const runs = await Promise.all(commands.map(async (words) => await secure(words, { cwd })))
  const complete = root + '/bin/kubectl_complete-secure'
  for (const words of [
    ['what-can', ...files, ''],
    ['who-can', ...files, '-n', ''],
  ])
    runs.push(await secure(words, { cwd, bin: complete }))
  for (const [index, { stdout, stderr }] of runs.entries()) {
    const harm = `${stdout}${stderr}`.replaceAll(/[\n\t]/g, '').match(hostileCharacters)
    expect({ words: commands[index], harm }).toEqual({ words: commands[index], harm: null })
    expect(stderr).not.toMatch(/this is a bug/)
    // A name with a line break in it must not make a line of its own; what one typed oneself may.
    if (!stderr.startsWith('error: Nonexistent flag')) expect(`${stdout}${stderr}`).not.toMatch(/^admin/m)
  }
  const [table, , name, json] = runs
  expect(table?.stdout.split('\n').filter((line) => line.startsWith('jane')).length).toBe(1)
  expect(JSON.parse(json?.stdout ?? '')).toMatchObject({
    subjects: expect.arrayContaining([expect.objectContaining({ name: `jane${text}` })]) as unknown,
  })
  const subject = name?.stdout.split('\n').find((line) => line.startsWith('user:jane')) ?? ''
  const again = await secure(['what-can', subject, ...files, '-o', 'json'], { cwd })
  expect(JSON.parse(again.stdout)).toMatchObject({
    subject: { name: `jane${text}` },
    rights: [{ resource: 'secrets' }],
  })
})
