import type { FlowLine, LiveReport, PodIsolation, ProbeReport, ProbeTry } from '../isolation/report.ts'
import { count } from './change-text.ts'
import { alike } from './isolation-groups.ts'
import { byText, portsText } from './reach-text.ts'

// The three proofs of an isolation, each in a sentence that can be read aloud. Words that matter are in capitals, not in
// colour alone.

/** What the policies say, computed from all of them. */
export function computedText({ computed }: PodIsolation): string {
  const open = computed.open.filter(({ verdict }) => verdict === 'allowed').length
  const unsure = computed.open.length - open
  const left =
    computed.open.length === 0
      ? 'no flow is left open'
      : [...(open > 0 ? [`${open} STILL OPEN`] : []), ...(unsure > 0 ? [`${unsure} not decidable`] : [])].join(', ')
  return `policies: ${left}${computed.complete ? '' : `, but NOT ALL COULD BE READ (${count(computed.gaps.length, 'gap')})`}`
}

/** What canaries saw, a sentence for all pods whose probes went alike. */
export function probeTexts(pods: readonly PodIsolation[]): string[] {
  return alike(pods, ({ probe }) => [outcomeText(probe)]).map(({ text, pods: members }) => {
    const nodes = [...new Set(members.map(({ probe }) => probe.node))].filter((node) => node !== '')
    const where = nodes.length > 3 ? ` on ${nodes.length} nodes` : nodes.length > 0 ? ` on ${nodes.join(', ')}` : ''
    return `probe${where}: ${text}`
  })
}

function outcomeText({ result, why, tries }: ProbeReport): string {
  if (result === 'not-enforced') return `TRAFFIC GOES THROUGH: ${why}`
  if (result === 'inconclusive') return `PROVES NOTHING: ${why}`
  const barred = tries.filter(({ expected }) => expected === 'blocked')
  const blocked = barred.filter(({ seen }) => seen === 'blocked').length
  return `twin blocked ${blocked} of ${count(barred.length, 'time')}, plain pod connected`
}

/** A try that went otherwise than it should: `twin → plain pod TCP 10.0.0.5:8080: connects, expected blocked`. */
export function strayTries({ tries }: ProbeReport): string[] {
  return tries.filter(({ expected, seen }) => expected !== seen).map(tryText)
}

function tryText({ from, to, protocol, address, port, expected, seen, detail }: ProbeTry): string {
  const name = { control: 'plain pod', twin: 'twin' }
  const ends = `${name[from]} → ${name[to]} ${protocol} ${address.includes(':') ? `[${address}]` : address}:${port}`
  return `${ends}: ${seen}, expected ${expected}${detail === '' ? '' : ` (${detail})`}`
}

/** What became of the connections that were open. */
export function liveText({ result, why, way, before, destroyed, alive, watchedMs }: LiveReport): string {
  const label = 'open connections'
  if (result === 'not-tried') return `${label}: NOT CUT: ${why}`
  if (result === 'unknown') return `${label}: NOT KNOWN: ${why}`
  if (result === 'survived') {
    const by =
      way === undefined ? '' : `, cut by ${way === 'node helper' ? 'a helper on the node' : 'an ephemeral container'}`
    return `${label}: ${alive.length || 'some'} STILL ALIVE${by}: ${why}`
  }
  const had = before === undefined ? '' : `${before} before, `
  const cut = destroyed === undefined ? '' : `${destroyed} destroyed, `
  return `${label}: ${had}${cut}none alive${watchedMs === undefined ? '' : ` after ${seconds(watchedMs)}`}`
}

/** A flow that is still open: `in from world (0.0.0.0/0): TCP 5432, by NetworkPolicy/shop/db ingress[0]: allow`. */
export function flowText({ direction, peer, traffic, verdict, by, reason }: FlowLine): string {
  const ends = `${direction === 'ingress' ? 'in from' : 'out to'} ${peer}: ${portsText(traffic)}`
  if (verdict === 'unknown') return `${ends}, perhaps: ${reason}`
  return `${ends}, by ${byText(by, reason, false)}`
}

/** `0.4s`; a length below a tenth is not made nothing. */
export function seconds(ms: number): string {
  return `${(Math.max(ms, ms > 0 ? 100 : 0) / 1000).toFixed(1)}s`
}
