const namespaces = Array.from({ length: 40 }, (_, index) => `team-${index}`)
const readers = ['leases', 'endpoints', 'configmaps', 'pods', 'nodes', 'services', 'deployments', 'events']

/**
 * The line of an audit log with that number, as the API server writes it: mostly reads of controllers, one in ten with bodies
 * (a pod), one in 500 a secret read, one in 5,000 an exec, one in 1,000 a refusal.
 */
export function auditLine(number: number): string {
  const namespace = namespaces[number % namespaces.length] ?? ''
  const time = new Date(1_790_000_000_000 + number * 7).toISOString().replace('Z', '123Z')
  const name = `app-${number % 997}`
  const kind = number % 5000 === 0 ? 'exec' : number % 500 === 0 ? 'secret' : number % 10 === 0 ? 'pod' : 'read'
  const resource = kind === 'secret' ? 'secrets' : kind === 'read' ? (readers[number % readers.length] ?? '') : 'pods'
  const path = `/api/v1/namespaces/${namespace}/${resource}/${name}`
  const refused = number % 1000 === 7
  const event = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: kind === 'pod' ? 'Request' : 'Metadata',
    auditID: `${number.toString(16).padStart(8, '0')}-3f8c-4073-b4e1-6a0582ff1263`,
    stage: 'ResponseComplete',
    requestURI: kind === 'exec' ? `${path}/exec?command=id&container=main&stdout=true` : path,
    verb: kind === 'pod' ? 'create' : 'get',
    user: {
      username: `system:serviceaccount:${namespace}:controller-${number % 13}`,
      uid: '43ee00d0-fd9a-48ff-9e74-da11e39144fe',
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=a51dd916-ec57-4e5f-be73-cb1ab0f81c81'] },
    },
    sourceIPs: [`10.88.${number % namespaces.length}.${number % 13}`],
    userAgent: 'controller/v1.34.4 (linux/amd64) kubernetes/abcdef0/system:serviceaccount',
    objectRef: {
      resource,
      namespace,
      name,
      apiVersion: 'v1',
      ...(kind === 'exec' && { subresource: 'exec' }),
    },
    responseStatus: { metadata: {}, code: refused ? 403 : 200 },
    ...(kind === 'pod' && { requestObject: pod(namespace, name) }),
    requestReceivedTimestamp: time,
    stageTimestamp: time,
    annotations: {
      'authorization.k8s.io/decision': refused ? 'forbid' : 'allow',
      'authorization.k8s.io/reason': `RBAC: allowed by RoleBinding "controller/${namespace}" of Role "controller" to ServiceAccount "controller/${namespace}"`,
    },
  }
  return `${JSON.stringify(event)}\n`
}

function pod(namespace: string, name: string): object {
  const env = Array.from({ length: 12 }, (_, index) => ({
    name: `SETTING_${index}`,
    value: `value of ${name} ${index}`,
  }))
  const container = { name: 'main', image: 'registry.invalid/app:1', env, securityContext: { runAsNonRoot: true } }
  return { kind: 'Pod', apiVersion: 'v1', metadata: { name, namespace }, spec: { containers: [container, container] } }
}
