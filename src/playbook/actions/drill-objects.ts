import { type CreateChange, drillNamespace, markPrefix, planLabel } from '../../change/plan.ts'
import { type Kind, kinds } from '../../isolation/get.ts'
import type { Remedy } from '../../remediate/remedy.ts'
import { names, script } from './drill-script.ts'

const { intruder, vault, treasure, keeper } = names
const group = 'rbac.authorization.k8s.io'

/**
 * An intruder to practise on, in a namespace of its own: a pod with an account that may give itself one more role, of that namespace alone; a secret that is none; and a
 * server to hold a connection to. It can do no harm: none of its roles lets it make a pod or run anything, and all of them end with the namespace.
 */
export function drillObjects(image: string): (planId: string) => Remedy {
  return (planId) => {
    const namespace = drillNamespace(planId)
    const create = (id: string, kind: Kind, name: string, why: string, rest: object): CreateChange => ({
      id,
      do: 'create',
      why,
      ref: { ...kind, namespace, name },
      body: {
        apiVersion: kind.apiVersion,
        kind: kind.kind,
        metadata: { name, namespace, labels: { [planLabel]: planId } },
        ...rest,
      },
    })
    const roleOf = (name: string, why: string, ...rules: object[]) => create(name, kinds.roles, name, why, { rules })
    const data = { note: Buffer.from('there is nothing here: this is a drill').toString('base64') }
    return {
      changes: [
        spaceOf(planId),
        create('treasure', kinds.secrets, treasure, 'what the intruder is after: nothing is in it', { data }),
        roleOf(keeper, 'may read and make secrets there, and nothing else: what the intruder gives itself', {
          apiGroups: [''],
          resources: ['secrets'],
          verbs: ['get', 'list', 'create'],
        }),
        create('account', kinds.accounts, intruder, 'what the intruder runs as', {}),
        roleOf(
          intruder,
          `may look at pods there, and give away the role ${keeper}`,
          { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] },
          { apiGroups: [group], resources: ['rolebindings'], verbs: ['create'] },
          { apiGroups: [group], resources: ['roles'], resourceNames: [keeper], verbs: ['bind'] },
        ),
        create('binding', kinds.roleBindings, intruder, 'gives the account that role', {
          roleRef: { apiGroup: group, kind: 'Role', name: intruder },
          subjects: [{ kind: 'ServiceAccount', name: intruder, namespace }],
        }),
        create('vault', kinds.pods, vault, 'what the intruder holds a connection to', {
          spec: podSpec(image, vault, ['/agnhost', 'serve-hostname', '--port=8080'], {
            automountServiceAccountToken: false,
          }),
        }),
        create('pod', kinds.pods, intruder, 'the intruder: it only acts in this namespace', {
          spec: podSpec(image, intruder, ['sh', '-c', script], { serviceAccountName: intruder }),
        }),
      ],
      notes: ['all of it is in a namespace of its own, which undo deletes with what the intruder made there'],
    }
  }
}

// Who comes across it is told what it is.
function spaceOf(planId: string): CreateChange {
  const name = drillNamespace(planId)
  const about = `a drill of kubectl secure: no intrusion; "kubectl secure undo ${planId}" takes it away`
  return {
    id: 'namespace',
    do: 'create',
    why: 'a namespace for the drill alone',
    ref: { ...kinds.namespaces, name },
    body: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name,
        labels: { [planLabel]: planId, [`${markPrefix}drill`]: 'true' },
        annotations: { [`${markPrefix}about`]: about },
      },
    },
  }
}

const podSpec = (image: string, name: string, command: string[], more: object) => ({
  ...more,
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 0,
  securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name,
      image,
      imagePullPolicy: 'IfNotPresent',
      command,
      resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    },
  ],
})
