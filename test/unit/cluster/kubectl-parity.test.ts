import { expect, test } from 'vitest'
import { issue } from './certificates.ts'
import { authority } from './fake-server.ts'
import { describeWithKubectl } from './kubectl.ts'
import { both, world } from './same-as-kubectl.ts'
import type { Outcome, Scene, World } from './same-as-kubectl.ts'
import { caData, kubeconfig } from './setting.ts'

const alice = issue({ name: 'alice', groups: ['dev'] }, authority)
const base64 = (text: string): string => Buffer.from(text).toString('base64')
const certificate = { 'client-certificate-data': base64(alice.cert), 'client-key-data': base64(alice.key) }
const token = { token: 'file-token' }

/** A kubeconfig of several entries; everything in one file. */
function config(parts: { clusters?: object; users?: object; contexts?: object; current?: string }): string {
  const named = (key: string, entries: object = {}): object[] =>
    Object.entries(entries).map(([name, entry]) => ({ name, [key]: entry as object }))
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    ...(parts.current !== undefined && { 'current-context': parts.current }),
    clusters: named('cluster', parts.clusters),
    users: named('user', parts.users),
    contexts: named('context', parts.contexts),
  })
}

const tls = (url: string): object => ({ server: url, 'certificate-authority-data': caData })

/** Contexts one → server a, two → server b, each with its user and namespace. */
const two = ({ a, b }: World): string =>
  config({
    current: 'one',
    clusters: { ca: tls(a.url), cb: tls(b.url) },
    users: { ua: { token: 'token-a' }, ub: { token: 'token-b' } },
    contexts: {
      one: { cluster: 'ca', user: 'ua', namespace: 'ns-a' },
      two: { cluster: 'cb', user: 'ub', namespace: 'ns-b' },
    },
  })

const home = '.kube/config'

type Case = [name: string, scene: (where: World) => Scene | void, expected: Partial<Outcome>]

const works: Case[] = [
  [
    '~/.kube/config',
    (w) => void w.place.write(home, two(w)),
    { server: 'a', path: '/api/v1/namespaces/ns-a/pods', authorization: 'Bearer token-a' },
  ],
  ['--kubeconfig', (w) => ({ options: { kubeconfig: w.place.write('other', two(w)) } }), { server: 'a' }],
  [
    '--kubeconfig before KUBECONFIG',
    (w) => ({
      options: { kubeconfig: w.place.write('other', kubeconfig(w.b.url, token)) },
      env: { KUBECONFIG: w.place.write('env', two(w)) },
    }),
    { server: 'b', authorization: 'Bearer file-token' },
  ],
  [
    'KUBECONFIG before ~/.kube/config',
    (w) => {
      w.place.write(home, kubeconfig(w.b.url, token))
      return { env: { KUBECONFIG: w.place.write('env', two(w)) } }
    },
    { server: 'a' },
  ],
  [
    'duplicate names over files: the first entry wins as a whole',
    (w) => {
      const first = w.place.write('first', kubeconfig(w.a.url, { token: 'first' }))
      const second = w.place.write(
        'second',
        kubeconfig(w.b.url, { token: 'second', as: 'nobody' }, {}, { namespace: 'second' }),
      )
      return { env: { KUBECONFIG: `${first}:${second}` } }
    },
    { server: 'a', authorization: 'Bearer first', path: '/api/v1/namespaces/default/pods', as: [] },
  ],
  [
    'a missing file of the list',
    (w) => ({ env: { KUBECONFIG: `/nowhere/at-all:${w.place.write('env', two(w))}` } }),
    { server: 'a' },
  ],
  [
    'empty entries and doubled entries of the list',
    (w) => {
      const file = w.place.write('env', two(w))
      return { env: { KUBECONFIG: `:${file}::${file}:` } }
    },
    { server: 'a' },
  ],
  [
    'a zero-byte file',
    (w) => ({ env: { KUBECONFIG: `${w.place.write('empty', '')}:${w.place.write('env', two(w))}` } }),
    { server: 'a' },
  ],
  [
    'a file of comments',
    (w) => ({ env: { KUBECONFIG: `${w.place.write('empty', '# nothing\n')}:${w.place.write('env', two(w))}` } }),
    { server: 'a' },
  ],
  [
    'the first current-context wins',
    (w) => {
      const first = w.place.write('first', config({ current: 'two' }))
      return { env: { KUBECONFIG: `${first}:${w.place.write('second', two(w))}` } }
    },
    { server: 'b', authorization: 'Bearer token-b' },
  ],
  [
    'an empty current-context does not win',
    (w) => {
      const first = w.place.write('first', config({ current: '' }))
      return { env: { KUBECONFIG: `${first}:${w.place.write('second', two(w))}` } }
    },
    { server: 'a' },
  ],
  [
    'relative entries of the list',
    (w) => {
      w.place.write('sub/env', two(w))
      return { env: { KUBECONFIG: 'sub/env' } }
    },
    { server: 'a' },
  ],
  [
    'tokenFile, relative to its file',
    (w) => {
      w.place.write('sub/secret', 'from-file\n')
      return { options: { kubeconfig: w.place.write('sub/config', kubeconfig(w.a.url, { tokenFile: 'secret' })) } }
    },
    { authorization: 'Bearer from-file' },
  ],
  [
    'tokenFile before token',
    (w) => {
      w.place.write('secret', 'from-file')
      w.place.write(home, kubeconfig(w.a.url, { tokenFile: '../secret', token: 'from-field' }))
    },
    { authorization: 'Bearer from-file' },
  ],
  [
    'tokenFile even before --token',
    (w) => {
      w.place.write('secret', 'from-file')
      w.place.write(home, kubeconfig(w.a.url, { tokenFile: '../secret' }))
      return { options: { token: 'from-flag' } }
    },
    { authorization: 'Bearer from-file' },
  ],
  [
    '--token before token',
    (w) => (w.place.write(home, two(w)), { options: { token: 'flag' } }),
    { authorization: 'Bearer flag' },
  ],
  [
    'all of impersonation',
    (w) =>
      void w.place.write(
        home,
        kubeconfig(w.a.url, {
          ...token,
          as: 'jane',
          'as-uid': '77',
          'as-groups': ['dev', 'ops'],
          'as-user-extra': { 'Reason.example.org/Why%': ['one', 'two'], scopes: ['x'] },
        }),
      ),
    {
      as: [
        ['impersonate-extra-reason.example.org%2fwhy%25', 'one'],
        ['impersonate-extra-reason.example.org%2fwhy%25', 'two'],
        ['impersonate-extra-scopes', 'x'],
        ['impersonate-group', 'dev'],
        ['impersonate-group', 'ops'],
        ['impersonate-uid', '77'],
        ['impersonate-user', 'jane'],
      ],
    },
  ],
  [
    'impersonation of a name that is not ASCII',
    (w) => (w.place.write(home, two(w)), { options: { as: 'jürgen@例え', asGroups: ['größe'] } }),
    { server: 'a' },
  ],
  [
    '--as, --as-group and --as-uid',
    (w) => (w.place.write(home, two(w)), { options: { as: 'eve', asGroups: ['g1', 'g2'], asUid: '5' } }),
    {
      as: [
        ['impersonate-group', 'g1'],
        ['impersonate-group', 'g2'],
        ['impersonate-uid', '5'],
        ['impersonate-user', 'eve'],
      ],
    },
  ],
  [
    '--as keeps the groups of the kubeconfig',
    (w) => (
      w.place.write(home, kubeconfig(w.a.url, { as: 'jane', 'as-groups': ['dev'] })),
      { options: { as: 'eve', token: 't' } }
    ),
    {
      as: [
        ['impersonate-group', 'dev'],
        ['impersonate-user', 'eve'],
      ],
    },
  ],
  [
    'a client certificate as data',
    (w) => void w.place.write(home, kubeconfig(w.a.url, certificate)),
    { commonName: 'alice', authorization: undefined },
  ],
  [
    'a client certificate in relative files',
    (w) => {
      w.place.write('pki/alice.crt', alice.cert)
      w.place.write('pki/alice.key', alice.key)
      w.place.write('pki/ca.crt', authority.cert)
      const user = { 'client-certificate': 'alice.crt', 'client-key': './alice.key' }
      const cluster = { 'certificate-authority-data': '', 'certificate-authority': 'ca.crt' }
      return { options: { kubeconfig: w.place.write('pki/config', kubeconfig(w.a.url, user, cluster)) } }
    },
    { commonName: 'alice' },
  ],
  [
    'a certificate file with key data',
    (w) => {
      const file = w.place.write('alice.crt', alice.cert)
      w.place.write(home, kubeconfig(w.a.url, { 'client-certificate': file, 'client-key-data': base64(alice.key) }))
    },
    { commonName: 'alice' },
  ],
  [
    '--client-certificate and --client-key, relative to the working directory',
    (w) => {
      w.place.write('alice.crt', alice.cert)
      w.place.write('alice.key', alice.key)
      w.place.write(home, kubeconfig(w.a.url))
      return { options: { clientCertificate: 'alice.crt', clientKey: 'alice.key' } }
    },
    { commonName: 'alice' },
  ],
  [
    '--token does not take the client certificate away',
    (w) => (w.place.write(home, kubeconfig(w.a.url, certificate)), { options: { token: 'flag' } }),
    { commonName: 'alice', authorization: 'Bearer flag' },
  ],
  [
    'a password',
    (w) => void w.place.write(home, kubeconfig(w.a.url, { username: 'bob', password: 'pä:ss' })),
    { authorization: `Basic ${base64('bob:pä:ss')}` },
  ],
  [
    '--context',
    (w) => (w.place.write(home, two(w)), { options: { context: 'two' } }),
    { server: 'b', path: '/api/v1/namespaces/ns-b/pods' },
  ],
  [
    '--cluster',
    (w) => (w.place.write(home, two(w)), { options: { cluster: 'cb' } }),
    { server: 'b', authorization: 'Bearer token-a' },
  ],
  [
    '--user',
    (w) => (w.place.write(home, two(w)), { options: { user: 'ub' } }),
    { server: 'a', authorization: 'Bearer token-b' },
  ],
  [
    '--namespace',
    (w) => (w.place.write(home, two(w)), { options: { namespace: 'flag' } }),
    { path: '/api/v1/namespaces/flag/pods' },
  ],
  [
    '--server keeps CA and user',
    (w) => (w.place.write(home, two(w)), { options: { server: w.b.url } }),
    { server: 'b', authorization: 'Bearer token-a' },
  ],
  [
    '--server alone, without any kubeconfig',
    (w) => ({
      options: { server: w.a.url, token: 't', certificateAuthority: w.place.write('ca.crt', authority.cert) },
    }),
    { server: 'a', authorization: 'Bearer t' },
  ],
  [
    '--cluster and --user without any context',
    (w) => {
      w.place.write(home, config({ clusters: { ca: tls(w.a.url) }, users: { ua: token } }))
      return { options: { cluster: 'ca', user: 'ua' } }
    },
    { server: 'a', authorization: 'Bearer file-token' },
  ],
  [
    'plain http: no token',
    (w) => void w.place.write(home, kubeconfig(w.plain.url, token)),
    { server: 'plain', authorization: undefined },
  ],
  [
    'plain http: impersonation all the same',
    (w) => (w.place.write(home, kubeconfig(w.plain.url, token)), { options: { as: 'eve', token: 'flag' } }),
    { server: 'plain', authorization: undefined, as: [['impersonate-user', 'eve']] },
  ],
  [
    'a server without a scheme is plain http',
    (w) => void w.place.write(home, kubeconfig(`127.0.0.1:${w.plain.port}`, token)),
    { server: 'plain', authorization: undefined },
  ],
  [
    'a path prefix',
    (w) => void w.place.write(home, kubeconfig(`${w.a.url}/prefix/`, token)),
    { path: '/prefix/api/v1/namespaces/default/pods' },
  ],
  [
    'insecure-skip-tls-verify',
    (w) =>
      void w.place.write(
        home,
        config({
          current: 'c',
          clusters: { c: { server: w.a.url, 'insecure-skip-tls-verify': true } },
          users: { c: token },
          contexts: { c: { cluster: 'c', user: 'c' } },
        }),
      ),
    { server: 'a', authorization: 'Bearer file-token' },
  ],
  [
    '--insecure-skip-tls-verify over a CA',
    (w) => (w.place.write(home, two(w)), { options: { insecureSkipTlsVerify: true } }),
    { server: 'a' },
  ],
  [
    '--certificate-authority over insecure and over CA data',
    (w) => {
      const wrong = base64(issue({ name: 'wrong', authority: true }).cert)
      w.place.write(home, kubeconfig(w.a.url, token, { 'certificate-authority-data': wrong }))
      return { options: { certificateAuthority: w.place.write('ca.crt', authority.cert) } }
    },
    { server: 'a' },
  ],
  [
    'tls-server-name',
    (w) => void w.place.write(home, kubeconfig(w.a.url, token, { 'tls-server-name': 'api.test' })),
    { server: 'a' },
  ],
  [
    'tls-server-name that is an address',
    (w) =>
      void w.place.write(home, kubeconfig(`https://localhost:${w.a.port}`, token, { 'tls-server-name': '127.0.0.1' })),
    { server: 'a' },
  ],
  [
    '--tls-server-name',
    (w) => (
      w.place.write(home, kubeconfig(w.a.url, token, { 'tls-server-name': 'wrong.test' })),
      { options: { tlsServerName: 'localhost' } }
    ),
    { server: 'a' },
  ],
  [
    '--server drops the tls-server-name of the kubeconfig',
    (w) => (
      w.place.write(home, kubeconfig(w.a.url, token, { 'tls-server-name': 'wrong.test' })),
      { options: { server: w.b.url } }
    ),
    { server: 'b' },
  ],
  ['KUBERNETES_MASTER', (w) => ({ env: { KUBERNETES_MASTER: w.plain.url } }), { server: 'plain' }],
  [
    'unknown fields',
    (w) => void w.place.write(home, kubeconfig(w.a.url, { ...token, surprise: 1 }, { surprise: [] })),
    { server: 'a' },
  ],
  [
    'YAML with anchors, merge keys, doubled keys and a timestamp for a name',
    (w) =>
      void w.place.write(
        home,
        `
# a comment
apiVersion: v1
kind: Config
current-context: 2024-01-01
clusters:
- name: c
  cluster: &c
    server: https://wrong.invalid
    server: ${w.a.url}
    certificate-authority-data: |
      ${caData.slice(0, 64)}
      ${caData.slice(64)}
- name: d
  cluster:
    <<: *c
contexts:
- {name: 2024-01-01, context: {cluster: d, user: u, namespace: "12"}}
users:
- name: u
  user: {token: 'quoted: #token', password: ~}
`,
      ),
    { server: 'a', authorization: 'Bearer quoted: #token', path: '/api/v1/namespaces/12/pods' },
  ],
  ['two YAML documents: the first', (w) => void w.place.write(home, `---\n${two(w)}\n---\n{}\n`), { server: 'a' }],
  [
    'nulls',
    (w) =>
      void w.place.write(
        home,
        kubeconfig(
          w.a.url,
          { ...token, as: null, exec: null, 'as-groups': null, 'as-user-extra': null },
          { extensions: null },
        ),
      ),
    { server: 'a', as: [] },
  ],
  [
    'no user at all, with a flag',
    (w) => (w.place.write(home, kubeconfig(w.a.url, {}, {}, { user: '' })), { options: { token: 'flag' } }),
    { authorization: 'Bearer flag' },
  ],
]

const fails: [name: string, scene: (where: World) => Scene | void, ours: RegExp][] = [
  ['--kubeconfig that is missing', () => ({ options: { kubeconfig: 'nowhere' } }), /nowhere does not exist/],
  [
    '--context that is missing',
    (w) => (w.place.write(home, two(w)), { options: { context: 'three' } }),
    /context "three" does not exist/,
  ],
  [
    'current-context that is missing',
    (w) => void w.place.write(home, config({ current: 'gone' })),
    /"gone" does not exist/,
  ],
  [
    '--cluster that is missing',
    (w) => (w.place.write(home, two(w)), { options: { cluster: 'x' } }),
    /cluster "x" does not exist/,
  ],
  [
    '--user that is missing',
    (w) => (w.place.write(home, two(w)), { options: { user: 'x' } }),
    /user "x" does not exist/,
  ],
  [
    'token and password',
    (w) => void w.place.write(home, kubeconfig(w.a.url, { ...token, username: 'a', password: 'b' })),
    /only one is allowed/,
  ],
  [
    'tokenFile and password',
    (w) =>
      void (w.place.write('.kube/f', 'x'),
      w.place.write(home, kubeconfig(w.a.url, { tokenFile: 'f', username: 'a', password: 'b' }))),
    /only one is allowed/,
  ],
  [
    'tokenFile that is missing',
    (w) => void w.place.write(home, kubeconfig(w.a.url, { tokenFile: 'f' })),
    /failed to read token file .*ENOENT/,
  ],
  [
    'CA file and CA data',
    (w) => void w.place.write(home, kubeconfig(w.a.url, token, { 'certificate-authority': 'ca.crt' })),
    /both specified/,
  ],
  [
    'CA file that is missing',
    (w) =>
      void w.place.write(
        home,
        kubeconfig(w.a.url, token, { 'certificate-authority-data': '', 'certificate-authority': 'no' }),
      ),
    /unable to read certificate-authority .*no: ENOENT/,
  ],
  [
    'CA and insecure',
    (w) => void w.place.write(home, kubeconfig(w.a.url, token, { 'insecure-skip-tls-verify': true })),
    /insecure-skip-tls-verify: only one/,
  ],
  [
    'certificate data and file',
    (w) => void w.place.write(home, kubeconfig(w.a.url, { ...certificate, 'client-certificate': 'x' })),
    /both specified/,
  ],
  [
    '--client-certificate over certificate data',
    (w) => (
      w.place.write(home, kubeconfig(w.a.url, certificate)),
      { options: { clientCertificate: w.place.write('c', alice.cert), clientKey: w.place.write('k', alice.key) } }
    ),
    /both specified/,
  ],
  [
    'a certificate without a key',
    (w) => void w.place.write(home, kubeconfig(w.a.url, { 'client-certificate-data': base64(alice.cert) })),
    /client-key must be specified/,
  ],
  [
    '--as-group without --as',
    (w) => (w.place.write(home, two(w)), { options: { asGroups: ['g'] } }),
    /without impersonating a user/,
  ],
  [
    'a name twice in one file',
    (w) => void w.place.write(home, two(w).replace('"name":"cb"', '"name":"ca"')),
    /names "ca" twice/,
  ],
  [
    'a number for text',
    (w) => void w.place.write(home, kubeconfig(w.a.url, { token: 12345 })),
    /users\[one\].user.token must be text, not a number/,
  ],
  [
    'a YAML boolean for text',
    (w) => void w.place.write(home, `${kubeconfig(w.a.url, token).slice(0, -1)}, current-context: on}`),
    /current-context must be text, not a boolean/,
  ],
  [
    'text for a boolean',
    (w) => void w.place.write(home, kubeconfig(w.a.url, token, { 'disable-compression': 'true' })),
    /disable-compression must be true or false/,
  ],
  ['an object for a list', (w) => void w.place.write(home, '{"clusters": {}}'), /clusters must be a list/],
  [
    'broken base64',
    (w) => void w.place.write(home, kubeconfig(w.a.url, token, { 'certificate-authority-data': '@@@' })),
    /is not base64/,
  ],
  [
    'a file of another kind',
    (w) => void w.place.write(home, '{"apiVersion": "v1", "kind": "Pod"}'),
    /not a kubeconfig/,
  ],
  ['a file that is no YAML', (w) => void w.place.write(home, 'clusters: [\n'), /is not YAML or JSON/],
  [
    'a broken file in the list, behind a good one',
    (w) => ({ env: { KUBECONFIG: `${w.place.write('good', two(w))}:${w.place.write('bad', '{{')}` } }),
    /bad is not YAML or JSON/,
  ],
  ['a folder for a file', (w) => ({ options: { kubeconfig: w.place.cwd } }), /EISDIR/],
  [
    'an unknown auth-provider',
    (w) => void w.place.write(home, kubeconfig(w.a.url, { 'auth-provider': { name: 'gcp' } })),
    /no Auth Provider found for name "gcp"/,
  ],
  [
    'an unknown proxy scheme',
    (w) => void w.place.write(home, kubeconfig(w.a.url, token, { 'proxy-url': 'ftp://127.0.0.1' })),
    /unsupported scheme "ftp"/,
  ],
  [
    'a wrong CA',
    (w) => void w.place.write(home, kubeconfig(w.a.url, token, { 'certificate-authority-data': base64(alice.cert) })),
    /unknown authority/,
  ],
  [
    'a wrong tls-server-name',
    (w) => void w.place.write(home, kubeconfig(w.a.url, token, { 'tls-server-name': 'wrong.test' })),
    /for another name/,
  ],
  ['nothing at all', () => {}, /no cluster to talk to: nothing in .*config/],
  [
    'a bad --request-timeout',
    (w) => (w.place.write(home, two(w)), { options: { requestTimeout: '5 apples' } }),
    /is not a time/,
  ],
]

// What kubectl does without a word, and we refuse or say, so that no answer is about another cluster or user than was meant.
const differences: [name: string, scene: (where: World) => Scene | void, ours: RegExp, theirs: object | RegExp][] = [
  [
    'a context that names a missing cluster: kubectl goes to localhost:8080',
    (w) => void w.place.write(home, config({ current: 'c', contexts: { c: { cluster: 'gone', user: '' } } })),
    /cluster "gone" does not exist \(named by context "c"\)/,
    /localhost:8080/,
  ],
  [
    'a context that names a missing user: kubectl goes without one',
    (w) =>
      void w.place.write(
        home,
        config({
          current: 'c',
          clusters: { c: { server: w.plain.url } },
          contexts: { c: { cluster: 'c', user: 'gone' } },
        }),
      ),
    /user "gone" does not exist \(named by context "c"\)/,
    { server: 'plain' },
  ],
]

describeWithKubectl('as kubectl does', () => {
  test.each(works)('%s', async (_, scene, expected) => {
    const where = await world()
    const { ours, theirs } = await both(where, scene(where) ?? {})
    expect(theirs).toMatchObject(expected)
    expect(ours).toEqual(theirs)
  })

  test.each(fails)('refuses %s', async (_, scene, reason) => {
    const where = await world()
    const { ours, theirs } = await both(where, scene(where) ?? {})
    expect(theirs).toEqual({ failed: expect.any(String) })
    expect(ours).toEqual({ failed: expect.stringMatching(reason) })
  })

  test.each(differences)('unlike kubectl: %s', async (_, scene, reason, kubectls) => {
    const where = await world()
    const { ours, theirs } = await both(where, scene(where) ?? {})
    expect(theirs).toMatchObject(kubectls instanceof RegExp ? { failed: expect.stringMatching(kubectls) } : kubectls)
    expect(ours).toEqual({ failed: expect.stringMatching(reason) })
  })
})
