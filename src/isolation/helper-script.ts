/**
 * Runs in a privileged pod that sees the processes of its node: `helper ACTION SCRIPT` with KS_CGROUP. It enters the network namespace of the
 * first process in the pod's cgroup, unless that is the node's own. The script then looks whether the pod's address is there.
 */
export const helperScript = `set -uf
fail() { echo "@kubectl-secure $action 1"; echo "@failed $1"; echo @end; exit 1; }
action=$1
command -v nsenter > /dev/null || fail 'the image has no nsenter'
[ -n "$KS_CGROUP" ] || fail 'the pod has neither a uid nor containers that can be looked for'
set +f
file=$(grep -lE "$KS_CGROUP" /proc/[0-9]*/cgroup 2>/dev/null | head -n 1)
set -f
[ -n "$file" ] || fail 'no process of the pod runs on this node'
space=\${file%/cgroup}/ns/net
inside=$(readlink "$space") || fail 'the network namespace of the pod cannot be opened'
[ "$inside" != "$(readlink /proc/1/ns/net)" ] || fail 'the pod is in the network namespace of the node'
exec nsenter -n"$space" sh -c "$2" sever "$action"
`
