import { setTimeout as sleep } from 'node:timers/promises'
import type { TestCluster } from '../../cluster/test-cluster.ts'
import type { RunResult } from '../../cluster/run.ts'
import { actAs, type Got, openServer, type Sent } from '../../fuzz/server.ts'
import { rbacGroup } from '../../fuzz/world.ts'
import { type Grant, grants, namespaces, objects } from './cast.ts'

/** The cluster as attackers have it; what is not asked as somebody is asked as the administrator. */
export type Stage = {
  send(sent: Sent, user?: string): Promise<Got>
  kubectl(args: string[], user?: string, input?: string): Promise<RunResult>
  node(command: string): Promise<RunResult>
  /** What only root of the node reads, at /run/marker there. */
  marker: string
  /** What a pod (by name, or by a label) has said, once it has said something. */
  said(namespace: string, pod: string, container?: string): Promise<string>
  /** Whose token is in what was said; undefined where there is none. */
  whoIs(said: string): Promise<string | undefined>
  close(): void
}

export async function openStage(cluster: TestCluster): Promise<Stage> {
  const server = openServer(cluster)
  const kubectl: Stage['kubectl'] = async (args, user, input) => {
    const as = user === undefined ? [] : ['--as', user]
    return await cluster.exec(['kubectl', ...as, ...args], {
      timeoutMs: 60_000,
      ...(input === undefined ? {} : { input }),
    })
  }
  const marker = crypto.randomUUID()
  const node: Stage['node'] = async (command) => await cluster.execOnNode(['sh', '-c', command], { timeoutMs: 20_000 })
  await node(`umask 077; echo ${marker} > /run/marker; ctr -n k8s.io images tag localhost/agnhost:1 localhost/other:1`)
  const said: Stage['said'] = async (namespace, pod, container = 'a') => {
    const which = pod.includes('=') ? ['-l', pod] : [pod]
    for (let tries = 0; tries < 30; tries += 1) {
      const { stdout } = await kubectl(['logs', '-n', namespace, '-c', container, ...which])
      if (stdout !== '') return stdout
      await sleep(500)
    }
    return ''
  }
  const whoIs: Stage['whoIs'] = async (said) => {
    const [token = ''] = /eyJ[\w.-]+/.exec(said) ?? []
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } }
    const path = '/apis/authentication.k8s.io/v1/tokenreviews'
    const got = await server.send({ method: 'POST', path, body })
    return (JSON.parse(got.body) as { status?: { user?: { username?: string } } }).status?.user?.username
  }
  return {
    send: async (sent, user) =>
      await server.send(user === undefined ? sent : { ...sent, headers: { ...sent.headers, ...actAs(user, []) } }),
    kubectl,
    node,
    marker,
    said,
    whoIs,
    close: () => server.close(),
  }
}

/** Puts everything there and waits until the pods run; returns what did not go well. */
export async function setUp({ kubectl, node }: Stage): Promise<string> {
  const spaces = Object.entries(namespaces).map(([name, labels]) => {
    return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } }
  })
  const rights = Object.entries(grants).flatMap(([user, all]) => all.flatMap((grant, at) => written(user, at, grant)))
  const apply = async (items: object[]) => {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    const { code, stderr } = await kubectl(['apply', '--server-side', '-f', '-'], undefined, list)
    return code === 0 ? '' : stderr
  }
  let problems = await apply(spaces)
  for (const name of Object.keys(namespaces)) {
    await kubectl(['wait', '--for=create', '-n', name, 'serviceaccount/default', '--timeout=10s'])
  }
  problems += await apply([...objects, ...rights])
  for (const [namespace, pods] of [
    ['open', ['boss', 'shell', 'swapped', 'quiet', 'host', 'pids']],
    ['base', ['boss']],
    ['late', ['free', 'plain']],
  ] as const) {
    const waited = await kubectl([
      'wait',
      '--for=condition=Ready',
      '-n',
      namespace,
      ...pods.map((name) => `pod/${name}`),
      '--timeout=55s',
    ])
    problems += waited.stderr
  }
  await kubectl(['wait', '-n', 'open', '--for=jsonpath={.status.phase}=Succeeded', 'pod/done', '--timeout=20s'])
  await kubectl(['label', 'namespace', 'late', 'pod-security.kubernetes.io/enforce=baseline'])
  await node('true')
  return problems
}

function written(user: string, at: number, { in: namespace, rules }: Grant): object[] {
  const name = `${user}-${at}`
  const place = namespace === undefined ? {} : { namespace }
  const kind = namespace === undefined ? 'ClusterRole' : 'Role'
  // A Namespace is of no namespace: a Role in it may name it all the same, and so does a ClusterRole bound there.
  return [
    { apiVersion: `${rbacGroup}/v1`, kind, metadata: { name, ...place }, rules },
    {
      apiVersion: `${rbacGroup}/v1`,
      kind: `${kind}Binding`,
      metadata: { name, ...place },
      roleRef: { apiGroup: rbacGroup, kind, name },
      subjects: [{ apiGroup: rbacGroup, kind: 'User', name: user }],
    },
  ]
}
