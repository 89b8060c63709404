import { formatAddress } from '../../network/address.ts'

/** A socket as a line of /proc/net has it. `inode` is what file descriptors name it by; 0 is a connection that no process has any more. */
export type SocketRow = {
  protocol: string
  state: string
  local: string
  peer?: string
  uid?: number
  inode: number
}

// Source: include/net/tcp_states.h.
const states = [
  '',
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
  'NEW_SYN_RECV',
]
const internet = new Set(['tcp', 'tcp6', 'udp', 'udp6', 'udplite', 'udplite6', 'raw', 'raw6', 'icmp', 'icmp6'])

/** The sockets of one file of /proc/net, by its name; what is no line of the kernel's is left out. */
export function socketsOf(name: string, text: string): SocketRow[] {
  const lines = text.split('\n').slice(1)
  if (internet.has(name)) return lines.flatMap((line) => internetRow(name, line))
  if (name === 'unix') return lines.flatMap(unixRow)
  if (name === 'packet') return lines.flatMap(packetRow)
  return []
}

function internetRow(protocol: string, line: string): SocketRow[] {
  const end = '([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})'
  const found = new RegExp(
    `^\\s*\\d+: ${end} ${end} ([0-9A-F]{2}) \\S+ \\S+ [0-9A-F]+\\s+(\\d+)\\s+\\d+\\s+(\\d+)(?:\\s|$)`,
  ).exec(line)
  if (!found) return []
  const [, local = '', port = '', remote = '', remotePort = '', state = '', uid, inode] = found
  const peer = endText(remote, remotePort)
  const isNobody = /^0+$/.test(remote) && remotePort === '0000'
  return [
    {
      protocol,
      state: states[Number.parseInt(state, 16)] ?? state,
      local: endText(local, port),
      ...(!isNobody && { peer }),
      uid: Number(uid),
      inode: Number(inode),
    },
  ]
}

// Num RefCount Protocol Flags Type St Inode Path: a path may have spaces, and an abstract one begins with @.
function unixRow(line: string): SocketRow[] {
  const found = /^[0-9a-f]+: [0-9A-F]+ [0-9A-F]+ ([0-9A-F]+) ([0-9A-F]+) ([0-9A-F]+)\s+(\d+)(?: (.*))?$/s.exec(line)
  if (!found) return []
  const [, flags = '', , state = '', inode, path = ''] = found
  // Source: SO_ACCEPTCON and SS_* of include/uapi/linux/net.h.
  const isListening = (Number.parseInt(flags, 16) & 0x10000) !== 0
  const known = ['FREE', 'UNCONNECTED', 'CONNECTING', 'CONNECTED', 'DISCONNECTING'][Number.parseInt(state, 16)]
  return [{ protocol: 'unix', state: isListening ? 'LISTEN' : (known ?? state), local: path, inode: Number(inode) }]
}

// sk RefCnt Type Proto Iface R Rmem User Inode
function packetRow(line: string): SocketRow[] {
  const found = /^\S+\s+\d+\s+\d+\s+([0-9a-f]{4})\s+(-?\d+)\s+\d+\s+\d+\s+(\d+)\s+(\d+)\s*$/.exec(line)
  if (!found) return []
  const [, protocol = '', device = '', uid, inode] = found
  const local = `protocol 0x${protocol}, interface ${device === '0' ? 'any' : device}`
  return [{ protocol: 'packet', state: '', local, uid: Number(uid), inode: Number(inode) }]
}

// Words of 32 bits as the processor has them: little-endian on all that containers usually run on, but s390x.
function endText(hex: string, port: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).toReversed())
  const address = formatAddress({ family: hex.length === 8 ? 4 : 6, value: BigInt(`0x${bytes.join('')}`) })
  return `${hex.length === 8 ? address : `[${address}]`}:${Number.parseInt(port, 16)}`
}
