import type { ProbeReport, ProbeTry } from './report.ts'

/** What was tried at one time: the control, the twin with itself, and the twin with the control, both ways. */
export type Round = ProbeTry[]
/** A policy has to hold this many rounds one after another. */
export const steadyRounds = 3

/** Whether a round shows a policy at work: the control connects, the twin's own server answers, and what should be blocked is. */
export function isGood(round: Round): boolean {
  return checks(round).every(works) && blocks(round).length > 0 && blocks(round).every(isBlocked)
}

/** The verdict on all rounds, the last of which count; for {@link ProbeReport}. Pure. */
export function judgeRounds(rounds: Round[], confounders: string[]): Pick<ProbeReport, 'result' | 'why' | 'tries'> {
  const tries = rounds.at(-1) ?? []
  const inconclusive = (why: string) => ({ result: 'inconclusive' as const, why, tries })
  if (tries.length === 0) return inconclusive('nothing was tried')
  if (blocks(tries).length === 0)
    return inconclusive('the policies leave open all that could be tried: there is nothing to compare')
  const failed = checks(tries).find((one) => !works(one))
  if (failed && failed.from === 'control')
    return inconclusive(
      `the control cannot connect either (${text(failed)}): what does not get through is not proved to be blocked`,
    )
  if (failed) return inconclusive(`the twin's own server does not answer (${text(failed)})`)
  const broken = tries.find(({ seen }) => seen === 'error')
  if (broken) return inconclusive(`a connection could not be tried (${text(broken)})`)
  const open = blocks(tries).filter((one) => !isBlocked(one))
  const steady = rounds.slice(-steadyRounds)
  if (open.length > 0) {
    const was = rounds.some((round) => isGood(round))
      ? ', though it was blocked before: enforcement comes and goes'
      : ''
    return {
      result: 'not-enforced',
      why: `the twin connects as the control does (${open.map(text).join('; ')})${was}`,
      tries,
    }
  }
  if (steady.length < steadyRounds || !steady.every(isGood))
    return inconclusive('the twin is blocked now, but was not for long enough to be sure that it stays so')
  if (confounders.length > 0)
    return inconclusive(`the twin is blocked, but other policies may be what blocks it: ${confounders.join(', ')}`)
  const ways = [...new Set(blocks(tries).map(({ from, to, protocol }) => `${from} to ${to} ${protocol}`))]
  return {
    result: 'enforced',
    why: `the control connects and the twin does not (${ways.join(', ')}), ${steady.length} times`,
    tries,
  }
}

const checks = (round: Round) => round.filter(({ from, to }) => from === to)
const blocks = (round: Round) => round.filter(({ from, to, expected }) => from !== to && expected === 'blocked')
const works = ({ seen }: ProbeTry) => seen === 'connects'
// Some enforcers reject instead of dropping: the server is known to be there, so a refusal comes from them.
const isBlocked = ({ seen }: ProbeTry) => seen === 'blocked' || seen === 'refused'
const text = ({ from, to, protocol, address, port, seen, detail }: ProbeTry) =>
  `${from} to ${to}, ${protocol} ${address}:${port}: ${seen === 'error' ? detail : seen}`

/** What `agnhost connect` says, by its exit code and standard error. Source: test/images/agnhost/connect of Kubernetes. */
export function seenOf(exitCode: number, stderr: string): Pick<ProbeTry, 'seen' | 'detail'> {
  const detail = stderr.trim().slice(0, 200)
  if (exitCode === 0) return { seen: 'connects', detail }
  if (/^TIMEOUT\b/.test(detail)) return { seen: 'blocked', detail }
  if (/^REFUSED\b/.test(detail)) return { seen: 'refused', detail }
  // ICMP of an enforcer that rejects, and EPERM of one that sits at the socket.
  const rejected =
    /no route to host|network is unreachable|host is unreachable|permission denied|operation not permitted/i
  if (/^(OTHER|UNKNOWN):/.test(detail) && rejected.test(detail)) return { seen: 'refused', detail }
  return { seen: 'error', detail: detail || `exit code ${exitCode}` }
}
