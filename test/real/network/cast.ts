/** The namespaces and pods that the generated policies are about. */
export const spaces = [
  { name: 'net-a', labels: { team: 'red', env: 'prod' } },
  { name: 'net-b', labels: { team: 'blue', env: 'prod' } },
  { name: 'net-c', labels: { team: 'blue' } },
]

const pods = [
  ['net-a', 'a1', { app: 'web', tier: 'front' }, 8080],
  ['net-a', 'a2', { app: 'web', tier: 'back' }, 9090],
  ['net-a', 'a3', { app: 'db' }, 8080],
  ['net-a', 'a4', {}, undefined],
  ['net-b', 'b1', { app: 'web', tier: 'front' }, 9090],
  ['net-b', 'b2', { app: 'api', tier: 'back' }, 8080],
  ['net-b', 'b3', { app: 'db', tier: 'back' }, undefined],
  // A pod that claims by a label of its own what Felix has as its namespace's: it is not believed.
  ['net-b', 'b4', { app: 'api', 'pcns.team': 'red' }, 8080],
  ['net-c', 'c1', { app: 'web' }, 8080],
  ['net-c', 'c2', { app: 'api', tier: 'front' }, 80],
  ['net-c', 'c3', { tier: 'back' }, undefined],
] as const

export const apps = ['web', 'db', 'api']
export const layers = ['front', 'back']

/** Everything to create, namespaces first. agnhost answers on TCP 8080 and UDP 8081; other ports answer that they are closed. */
export function podManifests(): object[] {
  const v1 = { apiVersion: 'v1' }
  return [
    ...spaces.map(({ name, labels }) => ({ ...v1, kind: 'Namespace', metadata: { name, labels } })),
    ...spaces.flatMap(({ name: namespace }) =>
      ['default', 'robot'].map((name) => ({
        ...v1,
        kind: 'ServiceAccount',
        metadata: { namespace, name, labels: { kind: name } },
      })),
    ),
    ...pods.map(([namespace, name, labels, http]) => ({
      ...v1,
      kind: 'Pod',
      metadata: { namespace, name, labels },
      spec: {
        terminationGracePeriodSeconds: 0,
        serviceAccountName: name.endsWith('2') ? 'robot' : 'default',
        containers: [
          {
            name: 'main',
            image: 'localhost/agnhost:1',
            imagePullPolicy: 'Never',
            args: ['netexec', '--http-port=8080', '--udp-port=8081'],
            ports: [
              ...(http === undefined ? [] : [{ name: 'http', containerPort: http }]),
              { name: 'talk', containerPort: name.endsWith('1') ? 8081 : 53, protocol: 'UDP' },
            ],
          },
        ],
      },
    })),
  ]
}
