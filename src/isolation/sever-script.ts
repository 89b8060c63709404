/**
 * Runs in the network namespace of a pod, by a POSIX shell with iproute2 (ip, ss, tc). `cut` puts a filter that drops everything on both
 * sides of each interface but loopback, then ends what is connected, then watches; `release` takes the filters of this plan away again.
 * The text is constant: all that varies comes in by the environment, and nothing that comes from the pod is ever a word of a command.
 *
 * Why tc and not routes or routing rules (seen on a bridge, kernel 6.18): a socket bound to a device (SO_BINDTODEVICE and IP_PKTINFO, which
 * need no privilege) goes out whatever the routing tables say, and broadcasts come in past them. The filters of clsact see every packet
 * of the IP stack, ARP too. A raw packet socket with PACKET_QDISC_BYPASS does go past them; hence the count of what the interface sent, and
 * the list of packet sockets. The drop is classic BPF in direct-action mode (`return TC_ACT_SHOT`), as that needs no action module.
 *
 * Protocol, a line each: `@NAME VALUE`, and after `@sockets`, `@counters` and `@packet` the raw lines of what they name, ended by `@`.
 */
export const severScript = `set -uf
exec 2>/dev/null
export LC_ALL=C
say() { printf '%s\\n' "$*"; }
fail() { say "@failed $(printf '%s' "$*" | tr -c ' -~' ' ' | cut -c 1-400)"; say @end; exit 1; }
must() { said=$("$@" 2>&1) || fail "$*: $said"; }
devices() { sed -n 's/^ *\\([^: ]*\\):.*/\\1/p' /proc/net/dev | grep -vx lo; }
has() { "$tc" filter show dev "$dev" "$1"; }
ours() { has "$1" | sed -n "s/.* pref \\([0-9]*\\) bpf .* handle 0x$KS_HANDLE .*/\\1/p" | head -n 1; }
# By their paths: some builds of busybox take their own ip and tc before any other.
tool() {
  for folder in /sbin /usr/sbin /bin /usr/bin /usr/local/sbin /usr/local/bin; do
    case $("$folder/$1" -V 2>&1) in *iproute2*) printf '%s' "$folder/$1"; return ;; esac
  done
}
say "@kubectl-secure $1 1"
ip=$(tool ip) ss=$(tool ss) tc=$(tool tc)
[ -n "$ip" ] && [ -n "$ss" ] && [ -n "$tc" ] || fail 'the image has no ip, ss and tc of iproute2'
addresses=$("$ip" -o addr show | sed -n 's/.* inet6\\{0,1\\} \\([0-9a-f.:]*\\).*/\\1/p')
for address in $KS_ADDRESSES; do
  printf '%s\\n' $addresses | grep -qxF "$address" || fail "this is not the network of the pod: it has no $address"
done

if [ "$1" = release ]; then
  for dev in $(devices); do
    at=$(ours ingress) other=$(ours egress)
    at=\${at:-$other}
    if [ -n "$at" ]; then
      for side in ingress egress; do
        for offset in 0 1 2 3; do "$tc" filter del dev "$dev" $side pref $((at - offset)); done
      done
      [ -z "$(ours ingress)$(ours egress)" ] || fail "the filters on $dev are still there"
      say "@released $dev"
    fi
    if has ingress | grep -q 'bytecode .1,6 0 0 2.'; then say "@held $dev"
    elif [ -z "$(has ingress)$(has egress)" ]; then "$tc" qdisc del dev "$dev" clsact
    fi
  done
  say @end
  exit 0
fi

gateways=$({ "$ip" -4 route; "$ip" -6 route; } | sed -n 's/.* via \\([0-9a-f.:]*\\) .*/\\1/p' | sort -u)
probers=$([ -z "$KS_PORTS" ] || printf '%s\\n' $KS_NODE $gateways | sort -u)
add() { must "$tc" filter add dev "$dev" "$@"; }
# What comes from an address (to a port), and what goes (from that port) to it.
allow() {
  case $1 in *:*) kind=ip6 proto=ipv6 at=$((first + 1)) ;; *) kind=ip proto=ip at=$first ;; esac
  add ingress pref $at protocol $proto u32 match $kind src "$1" \${2:+match $kind protocol 6 0xff match $kind dport $2 0xffff} flowid 1:1
  add egress pref $at protocol $proto u32 match $kind dst "$1" \${2:+match $kind protocol 6 0xff match $kind sport $2 0xffff} flowid 1:1
}
# An exception, ADDRESS DIRECTION PROTOCOL PORT with a dash for any: a port is the pod's own where others come in, else theirs.
except() {
  case $1 in *:*) kind=ip6 proto=ipv6 at=$((first + 1)) ;; *) kind=ip proto=ip at=$first ;; esac
  own='' theirs='' spoken=''
  [ "$3" = - ] || spoken="match $kind protocol $3 0xff"
  case $2,$4 in
    *,-) ;;
    in,*) own="match $kind dport $4 0xffff" theirs="match $kind sport $4 0xffff" ;;
    *) own="match $kind sport $4 0xffff" theirs="match $kind dport $4 0xffff" ;;
  esac
  add ingress pref $at protocol $proto u32 match $kind src "$1" $spoken $own flowid 1:1
  add egress pref $at protocol $proto u32 match $kind dst "$1" $spoken $theirs flowid 1:1
}
# The TCP connections that it means, as ss has them; a port that none has where it is of another protocol.
meant() {
  case $3,$2,$4 in
    17,* | 132,*) printf '( dst [%s] and sport = :0 )' "$1" ;;
    *,-) printf 'dst [%s]' "$1" ;;
    *,in,*) printf '( dst [%s] and sport = :%s )' "$1" "$4" ;;
    *) printf '( dst [%s] and dport = :%s )' "$1" "$4" ;;
  esac
}
parts() { printf '%s' "$1" | tr , ' '; }
# Neighbours have to be found before a packet can go to them: ARP with this address, or neighbour discovery of IPv6.
neighbour() {
  case $1 in
    *:*) for side in ingress egress; do for type in 135 136; do
        add $side pref $((first + 1)) protocol ipv6 u32 match ip6 protocol 58 0xff match u8 $type 0xff at 40 flowid 1:1
      done; done ;;
    */3[01] | */[12]? | */?) for side in ingress egress; do
        add $side pref $((first + 2)) protocol arp u32 match u32 0 0 flowid 1:1
      done ;;
    *) four=$(printf '%s' "\${1%/*}" | tr . ' ')
      high=$(printf '0x%02x%02x' \${four% * *}) low=$(printf '0x%02x%02x' \${four#* * })
      add ingress pref $((first + 2)) protocol arp u32 match u16 $high 0xffff at 14 match u16 $low 0xffff at 16 flowid 1:1
      add egress pref $((first + 2)) protocol arp u32 match u16 $high 0xffff at 24 match u16 $low 0xffff at 26 flowid 1:1 ;;
  esac
}
connected() { "$ss" -H -n "$@" "$where"; }
where='not dst 127.0.0.0/8 and not dst [::1]'
for address in $addresses; do where="$where and not dst [$address]"; done
peers=''
for peer in $KS_PEERS; do where="$where and not $(meant $(parts "$peer"))" peers="$peers \${peer%%,*}"; done
say "@before $(connected -t -u state connected exclude time-wait | wc -l)"
# Once while resets still get out: the far ends and the node's connection tracking forget them, so nobody goes on with raw packets.
destroyed=$(connected -K -t -u state connected exclude syn-sent exclude time-wait | wc -l)
for dev in $(devices); do
  if [ -n "$(ours ingress)" ] && [ -n "$(ours egress)" ]; then say "@already $dev"; continue; fi
  "$tc" qdisc show dev "$dev" | grep -q clsact || must "$tc" qdisc add dev "$dev" clsact
  first=$KS_PREF
  while { has ingress; has egress; } | grep -q " pref $((first + 3)) "; do first=$((first + 4)); done
  for address in $probers; do for port in $KS_PORTS; do allow "$address" "$port"; done; done
  for peer in $KS_PEERS; do except $(parts "$peer"); done
  for address in $probers \${peers:+$gateways $peers}; do neighbour "$address"; done
  for side in egress ingress; do
    add $side pref $((first + 3)) handle 0x$KS_HANDLE protocol all bpf da bytecode '1,6 0 0 2,'
  done
  [ -n "$(ours ingress)" ] && [ -n "$(ours egress)" ] || fail "the filters on $dev are not there"
  say "@cut $dev"
done
# The filters are in, so nothing new can come; what is connected is ended until nothing is left.
round=0
while [ $round -lt 10 ]; do
  ended=$(connected -K -t -u state connected exclude syn-sent exclude time-wait | wc -l)
  destroyed=$((destroyed + ended)) round=$((round + 1))
  [ "$ended" -gt 0 ] || break
done
say "@destroyed $destroyed"
# Probes of the kubelet go on; they are no connections of the pod.
for port in $KS_PORTS; do for address in $probers; do where="$where and not ( sport = :$port and dst [$address] )"; done; done
look() {
  read -r up rest < /proc/uptime
  say "@look $up"
  say @sockets
  connected -t -i state connected exclude time-wait exclude syn-sent | head -n 400
  say @
  say @counters
  tail -n +3 /proc/net/dev
  say @
}
look
sleep "$KS_WATCH"
look
say @packet
tail -n +2 /proc/net/packet | head -n 50
say @
say @end
`
