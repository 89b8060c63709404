import type { Raw } from '../../../src/isolation/raw.ts'

/** A container that the restricted level takes. */
export const tightContainer = {
  image: 'localhost/agnhost:1',
  securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ['ALL'] } },
}

/** A pod spec that the restricted level takes, whatever its containers say of themselves. */
export const tight = {
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [{ name: 'main', ...tightContainer }],
}

type Made = { spec: object; replicas: number; env?: string; resources?: object; strategy?: object }

export function deploymentOf(name: string, { spec, replicas, env, resources, strategy }: Made): Raw {
  const container = {
    name: 'main',
    image: 'localhost/agnhost:1',
    ...(env === undefined ? {} : { env: [{ name: 'API', value: env }] }),
    ...(resources ? { resources } : {}),
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container], ...spec } },
      ...(strategy ? { strategy } : {}),
    },
  }
}

export function podOf(spec: object): Raw {
  const containers = [{ name: 'main', image: 'localhost/agnhost:1' }]
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'tried' }, spec: { containers, ...spec } }
}
