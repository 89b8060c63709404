import { type CreateChange, objectName, planLabel } from '../../change/plan.ts'
import { type Kind, kinds } from '../../isolation/get.ts'
import type { Remedy } from '../../remediate/remedy.ts'

export const intruder = 'intruder'

/** The namespace of a drill: nobody else's, and it goes with all that the intruder makes in it. */
export const drillNamespace = (planId: string): string => objectName(planId, 'drill')

/**
 * An intruder to practise on: a pod with an account that may give itself one more role, of its own namespace alone. It lists secrets there (there are none
 * of anybody), binds that role to itself, and keeps a watch open. It can do no harm: its namespace is new, and its rights end with it.
 */
export function drillObjects(image: string): (planId: string) => Remedy {
  return (planId) => {
    const namespace = drillNamespace(planId)
    const metadata = (name: string) => ({ name, namespace, labels: { [planLabel]: planId } })
    const create = (id: string, kind: Kind, name: string, why: string, rest: object): CreateChange => ({
      id,
      do: 'create',
      why,
      ref: { ...kind, ...(kind !== kinds.namespaces && { namespace }), name },
      body: { apiVersion: kind.apiVersion, kind: kind.kind, metadata: metadata(name), ...rest },
    })
    const group = 'rbac.authorization.k8s.io'
    const rules = [
      { apiGroups: [''], resources: ['pods', 'secrets'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: [group], resources: ['rolebindings'], verbs: ['create'] },
      { apiGroups: [group], resources: ['clusterroles'], resourceNames: ['view'], verbs: ['bind'] },
    ]
    const space = create('namespace', kinds.namespaces, namespace, 'a namespace for the drill alone', {})
    return {
      changes: [
        { ...space, body: { ...space.body, metadata: { name: namespace, labels: { [planLabel]: planId } } } },
        create('account', kinds.accounts, intruder, 'what the intruder runs as', {}),
        create('role', kinds.roles, intruder, 'lets it look around there, and give itself ClusterRole view', { rules }),
        create('binding', kinds.roleBindings, intruder, 'gives the account that role', {
          roleRef: { apiGroup: group, kind: 'Role', name: intruder },
          subjects: [{ kind: 'ServiceAccount', name: intruder, namespace }],
        }),
        create('pod', kinds.pods, intruder, 'the intruder', { spec: podSpec(image) }),
      ],
      notes: ['all of it is in a namespace of its own, which undo deletes with what the intruder made there'],
    }
  }
}

const podSpec = (image: string) => ({
  serviceAccountName: intruder,
  restartPolicy: 'Always',
  terminationGracePeriodSeconds: 0,
  securityContext: { runAsNonRoot: true, runAsUser: 65_534, seccompProfile: { type: 'RuntimeDefault' } },
  containers: [
    {
      name: intruder,
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', '-c', script],
      resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
    },
  ],
})

// Nothing of a cluster becomes part of it: what it needs it reads where every pod finds it. `wget` is busybox', as agnhost has it.
const script = `
at=/var/run/secrets/kubernetes.io/serviceaccount
host=$KUBERNETES_SERVICE_HOST
case "$host" in *:*) host="[$host]" ;; esac
space=$(cat $at/namespace)
api="https://$host:$KUBERNETES_SERVICE_PORT"
call() { path=$1; shift; wget -q -O - --no-check-certificate --header "Authorization: Bearer $(cat $at/token)" "$@" "$api$path"; }
echo 'looking for secrets'
call "/api/v1/namespaces/$space/secrets" > /dev/null && echo 'found them'
echo 'giving myself a role'
call "/apis/rbac.authorization.k8s.io/v1/namespaces/$space/rolebindings" --header 'Content-Type: application/json' --post-data \
  '{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"RoleBinding","metadata":{"name":"escalation"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[{"kind":"ServiceAccount","name":"${intruder}","namespace":"'"$space"'"}]}' \
  > /dev/null && echo 'done'
while :; do
  echo 'holding a connection open'
  call "/api/v1/namespaces/$space/pods?watch=true" > /dev/null
  sleep 1
done
`
