import type { Raw } from './raw.ts'
import type { LiveReport } from './report.ts'
import { netAdmins, probePorts } from './sever-facts.ts'
import type { Look, Moving, SeverLog } from './sever-log.ts'

type Told = { way: NonNullable<LiveReport['way']>; peers: string[] }

/**
 * What became of the connections of a pod, of the log of the cut. Severed: every interface but loopback has the filter, nothing that is
 * connected got an answer while it was watched, no interface sent a packet (but answers to probes and exceptions), and no packet socket is
 * open, which could go past the filter.
 */
export function judgeCut(pod: Raw, log: SeverLog, { way, peers }: Told): LiveReport {
  const canUndo = netAdmins(pod)
  const known = { way, canUndo, ...counts(log) }
  if (log.action !== 'cut') return { ...known, result: 'unknown', why: 'the log is not that of a cut', alive: [] }
  if (log.failed !== undefined)
    return { ...known, result: 'unknown', why: `the cut could not be made: ${log.failed}`, alive: [] }
  const [first, second] = log.looks
  if (!first || !second || log.looks.length !== 2)
    return { ...known, result: 'unknown', why: 'the cut was made, but nothing was watched after it', alive: [] }
  const filtered = new Set([...log.cut, ...log.already])
  const open = [...second.sent.keys()].filter((name) => !filtered.has(name))
  const excepted = probePorts(pod).length > 0 || peers.length > 0
  const sent = sentBetween(first, second)
  const alive = [
    ...open.map((name) => `interface ${name} has no filter`),
    ...(excepted ? [] : sent.map(([name, count]) => `interface ${name} sent ${count} packets past the filter`)),
    ...moved(first, second).map(({ local, remote, state }) => `TCP ${local} with ${remote} (${state}) still moves`),
    ...log.packet.map(
      (line) => `a packet socket is open, which can go past the filter (${line.trim().replace(/\s+/g, ' ')})`,
    ),
  ]
  const watchedMs = second.atMs - first.atMs
  if (alive.length > 0)
    return { ...known, result: 'survived', why: `not everything is cut: ${alive[0]}`, alive, watchedMs }
  return {
    ...known,
    result: 'severed',
    why: success(log, { watchedMs, sent, excepted, left: second.sockets }),
    alive,
    watchedMs,
  }
}

function counts({ before, destroyed }: SeverLog): { before?: number; destroyed?: number } {
  return { ...(before === undefined ? {} : { before }), ...(destroyed === undefined ? {} : { destroyed }) }
}

function sentBetween(first: Look, second: Look): [string, number][] {
  return [...second.sent]
    .map(([name, count]): [string, number] => [name, count - (first.sent.get(name) ?? 0)])
    .filter(([, count]) => count !== 0)
}

/** Connections that heard from their other end between two looks, or that are new and stand. */
function moved(first: Look, second: Look): Moving[] {
  const before = new Map(first.sockets.map((socket) => [`${socket.local} ${socket.remote}`, socket]))
  return second.sockets.filter(({ local, remote, state, counters }) => {
    const earlier = before.get(`${local} ${remote}`)
    if (!earlier) return state === 'ESTAB'
    return Object.entries(counters).some(([name, count]) => count > (earlier.counters[name] ?? 0))
  })
}

type Seen = { watchedMs: number; sent: [string, number][]; excepted: boolean; left: Moving[] }

function success(log: SeverLog, { watchedMs, sent, excepted, left }: Seen): string {
  const how =
    log.already.length > 0 && log.cut.length === 0
      ? 'it was cut before, and still is'
      : 'everything but loopback is dropped'
  const packets = sent.reduce((sum, [, count]) => sum + count, 0)
  return [
    `${how}; ${log.destroyed ?? 0} connections were ended, and for ${(watchedMs / 1000).toFixed(1)} s nothing moved`,
    excepted
      ? `${packets} packets left, all that the filter lets answer the kubelet's probes or the exceptions`
      : 'no packet left',
    ...(left.length > 0
      ? [
          `${left.length} connections are still there, as the kernel does not end them (SOCK_DESTROY): they would go on after a release`,
        ]
      : []),
  ].join('; ')
}

/** Whether the log says that the plan's filters are gone, and why the pod may still be cut. */
export function judgeRelease(log: SeverLog): { released: boolean; why: string } {
  if (log.action !== 'release') return { released: false, why: 'the log is not that of a release' }
  if (log.failed !== undefined) return { released: false, why: `the release failed: ${log.failed}` }
  if (log.held.length > 0)
    return { released: true, why: `this plan's filters are gone; another plan still cuts ${log.held.join(', ')}` }
  return {
    released: true,
    why: log.released.length > 0 ? 'the filters are gone' : 'there were no filters of this plan',
  }
}
