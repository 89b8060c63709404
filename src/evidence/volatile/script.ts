/** What the script holds itself to, and what a reader may count on. Sizes in bytes, times in seconds. */
export const limits = {
  seconds: 45,
  processes: 512,
  links: 512,
  /** Of one file. */
  small: 64 * 1024,
  large: 256 * 1024,
  /** Of all that it says, as base64: below the 10 MiB at which a kubelet rotates a log (containerLogMaxSize). */
  said: 6 * 1024 * 1024,
  executable: 64 * 1024 * 1024,
  executables: 256 * 1024 * 1024,
} as const

/**
 * Runs in a container that shares the process and network namespaces of another, by a POSIX shell with busybox or coreutils. It reads /proc and
 * writes nothing. The text is constant, and nothing that comes from the pod is ever a word of a command: what a process calls itself is
 * read as bytes. Of the environment only names leave the pod; values are where secrets are.
 *
 * What it says, a line each: `@kubectl-secure volatile 1`, `@self PID`, then `@file PATH` and lines of base64 for each thing read, `@limit WHAT`
 * where it stopped short, `@failed TOOL` that the image lacks, `@end`. PATH is of its own making. The last three bytes of what base64 stands for are how the reading ended: `000`,
 * `009` there are more links than the limit, `007` the process is gone, else it was refused or failed; a file that is longer than the limit has one byte more. So no name that a process gives itself can end a
 * file or begin one. Whoever can trace this shell (a privileged process of the pod) can make it say anything.
 *
 * No `timeout`: busybox's leaves a zombie with the first process of the pod each time it is used.
 *
 * Order: sockets, then each process with its descriptors, which are what goes first; then mounts, maps, and digests of what runs.
 */
export const volatileScript = `set -u
exec 2>/dev/null
export LC_ALL=C
say() { printf '%s\\n' "$*"; }
up() { read -r now rest </proc/uptime; printf '%s' "\${now%%.*}"; }
began=$(up) said=0 full=''
stop() { [ -n "$full" ] || say "@limit $1"; full=$1; }
take() {
  [ -z "$full" ] || return 0
  path=$1; shift
  body=$({ "$@"; ended=$?; [ $ended -eq 0 ] || [ $ended -eq 9 ] || [ -d "$home" ] || ended=7; printf %03d $ended; } | base64)
  said=$((said + \${#body}))
  [ $said -le ${limits.said} ] || { stop bytes; return 0; }
  say "@file $path"
  say "$body"
  [ $(($(up) - began)) -le ${limits.seconds} ] || stop time
}
# A file that cannot be opened fails here: what head says of it does not tell why.
first() { true <"$2" && head -c $(($1 + 1)) "$2"; }
links() {
  count=0 ended=0 folder=$1; shift
  for name in "$@"; do
    [ -h "$folder/$name" ] || continue
    count=$((count + 1))
    [ $count -le ${limits.links} ] || return 9
    printf '%s\\0' "$name"
    readlink -n "$folder/$name" || ended=1
    printf '\\0'
  done
  return $ended
}
all() { cd "$1" && ls >/dev/null && links . *; }
names() {
  true <"$1" || return 1
  head -c ${limits.large} "$1" | tr '\\n\\000' '\\001\\n' | sed -n 's/^\\([A-Za-z_][A-Za-z0-9_.-]*\\)=.*/\\1/p' | head -c $((${limits.small} + 1))
}
net() {
  for file in tcp tcp6 udp udp6 udplite udplite6 raw raw6 icmp icmp6 sctp packet unix netlink route ipv6_route fib_trie if_inet6 arp dev; do
    [ ! -e "$2/net/$file" ] || take "$1/$file" first ${limits.large} "$2/net/$file"
  done
}
boot() { sed -n '/^btime /p' /proc/stat; cat /proc/uptime; date -u +%Y-%m-%dT%H:%M:%SZ; }
sum() { sha256sum <"$1"; }
say '@kubectl-secure volatile 1'
for tool in base64 head readlink sed sha256sum stat tr; do command -v $tool >/dev/null || { say "@failed $tool"; exit 1; }; done
# Kubernetes makes one dollar of two in a command, so the shell's own name for itself cannot be had.
read -r self rest </proc/self/stat
say "@self $self"
home=/proc/self
take boot boot
own=$(readlink /proc/self/ns/net)
spaces=" $own "
net net /proc/self
count=0 pids=''
for folder in /proc/[0-9]*; do
  pid=\${folder#/proc/}
  [ "$pid" != "$self" ] || continue
  count=$((count + 1))
  [ $count -gt ${limits.processes} ] || pids="$pids $pid"
done
for pid in $pids; do
  home=/proc/$pid
  [ -d $home ] || continue
  at=proc/$pid
  take $at/stat first ${limits.small} $home/stat
  take $at/status first ${limits.small} $home/status
  take $at/cmdline first ${limits.small} $home/cmdline
  take $at/links links $home exe cwd root ns/pid ns/net ns/mnt ns/user
  take $at/fd all $home/fd
  take $at/environ.names names $home/environ
  take $at/cgroup first ${limits.small} $home/cgroup
  space=$(readlink $home/ns/net) || continue
  case $spaces in *" $space "*) ;; *) spaces="$spaces$space "; net $at/net $home ;; esac
done
spaces=' '
for pid in $pids; do
  home=/proc/$pid
  space=$(readlink $home/ns/mnt) || space=''
  case $spaces in *" \${space:-none} "*) ;; *) spaces="$spaces$space "; take proc/$pid/mountinfo first ${limits.large} $home/mountinfo ;; esac
done
for pid in $pids; do
  home=/proc/$pid
  [ ! -d $home ] || take proc/$pid/maps first ${limits.large} $home/maps
done
seen=' ' read=0
for pid in $pids; do
  home=/proc/$pid
  key=$(stat -L -c '%d:%i:%s' $home/exe) || continue
  take proc/$pid/exe.id printf %s "$key"
  case $seen in *" $key "*) continue ;; esac
  seen="$seen$key " size=\${key##*:}
  if [ "$size" -gt ${limits.executable} ] || [ $((read + size)) -gt ${limits.executables} ]; then say "@limit executable $pid"; continue; fi
  read=$((read + size))
  take proc/$pid/exe.sha256 sum $home/exe
done
[ $count -le ${limits.processes} ] || say "@limit processes $count"
say @end
`
