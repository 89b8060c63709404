const b64 = (text: string) => Buffer.from(text).toString('base64')

/** What is told by what it stands beside. */
export const byPlace: Record<string, (canary: string, key: string) => string> = {
  assignment: (canary, key) => `${key}=${canary}`,
  quoted: (canary, key) => `{ ${key}: "${canary.replaceAll('"', '')}" }`,
  colon: (canary, key) => `  ${key}: ${canary}`,
  json: (canary, key) => JSON.stringify({ a: 1, [key]: canary, z: [] }),
  flag: (canary) => `run --token ${canary} --verbose`,
  args: (canary) => JSON.stringify({ command: ['x', '--password', canary] }),
  env: (canary, key) =>
    JSON.stringify({ env: [{ name: `A_${key.toUpperCase().replaceAll('-', '_')}`, value: canary }] }),
  secret: (canary) => JSON.stringify({ data: { anything: b64(canary) }, kind: 'Secret' }),
  secretList: (canary) =>
    JSON.stringify({ kind: 'SecretList', items: [{ metadata: { name: 'x' }, data: { anything: b64(canary) } }] }),
  stringData: (canary) => JSON.stringify({ kind: 'Secret', stringData: { anything: canary } }),
  patch: (canary) =>
    JSON.stringify({
      kind: 'Event',
      objectRef: { resource: 'secrets' },
      requestObject: [{ op: 'add', path: '/data/x', value: b64(canary) }],
    }),
  merge: (canary) =>
    JSON.stringify({ kind: 'Event', requestObject: { data: { x: b64(canary) } }, objectRef: { resource: 'secrets' } }),
  lastApplied: (canary) =>
    JSON.stringify({
      metadata: {
        annotations: {
          'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({
            kind: 'Secret',
            stringData: { x: canary },
          }),
        },
      },
    }),
  uri: (canary) =>
    JSON.stringify({
      requestURI: `/api/v1/namespaces/a/pods/b/exec?command=${encodeURIComponent(`--token=${canary}`)}&container=c`,
    }),
  uriArgs: (canary) =>
    JSON.stringify({ requestURI: `/exec?command=--password&command=${encodeURIComponent(canary)}&x=1` }),
  dsn: (canary) => `connect to postgres://app:${encodeURIComponent(canary)}@db.example:5432/app?x=1 now`,
  redis: (canary) => `redis://:${encodeURIComponent(canary)}@cache:6379`,
  bearer: (canary) => `> Authorization: Bearer ${canary}\r`,
  basic: (canary) => `Authorization: Basic ${b64(`user:${canary}`)}`,
  cookie: (canary) => `Cookie: session=${canary}; theme=dark`,
  header: (canary) => JSON.stringify({ headers: { Authorization: [`Bearer ${canary}`], 'X-Api-Key': canary } }),
  docker: (canary) =>
    JSON.stringify({ '.dockerconfigjson': JSON.stringify({ auths: { 'r.example': { auth: b64(`u:${canary}`) } } }) }),
  kubeconfig: (canary) =>
    `apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    client-key-data: ${b64(canary)}\n    token: ${canary}\n`,
  yamlSecret: (canary) => `apiVersion: v1\ndata:\n  anything: ${b64(canary)}\nkind: Secret\n`,
  yamlBlock: (canary) => `password: |\n  ${canary}\nother: x\n`,
  yamlEnv: (canary) => `- name: DB_PASSWORD\n  value: ${canary}\n`,
  pretty: (canary) => JSON.stringify({ kind: 'Secret', data: { anything: b64(canary) } }, undefined, 2),
  escaped: (canary) => `body=${JSON.stringify(JSON.stringify({ password: canary }))}`,
  goStruct: (canary) => `map[Authorization:[Bearer ${canary}] password:${canary}]`,
  mysql: (canary) => JSON.stringify({ command: ['mysql', '-uroot', `-p${canary}`] }),
  netrc: (canary) => `machine x.example login u password ${canary}`,
  spoken: (canary) => `the password is ${canary}`,
  login: (canary) => `docker login -u x -p ${canary} r.example`,
  piped: (canary) => `echo "${canary}" | passwd --stdin u`,
  doubled: (canary) => `password: 'it''s ${canary}'`,
  xml: (canary) => `<password>${canary.replaceAll('<', '')}</password>`,
  event: (canary) => JSON.stringify({ kind: 'Event', message: `Error: cannot log in with password=${canary}` }),
}
