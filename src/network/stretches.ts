import type { Decision, SideVerdict } from './decide.ts'
import { bothSides, type FlowVerdict } from './flow-verdict.ts'
import type { Verdict } from './model.ts'
import { lastPort, type Protocol } from './traffic.ts'

/** Neighbouring ports of one protocol with one answer. */
export type Stretch<T> = { protocol: Protocol; from: number; to: number } & T
export type SideStretch = Stretch<SideVerdict>
export type FlowStretch = Stretch<FlowVerdict>

/** The answer for every port, asked once for each stretch that begins at one of `starts`. */
export function stretchesOf<T>(
  protocol: Protocol,
  starts: readonly number[],
  ask: (port: number) => T,
  same: (a: T, b: T) => boolean,
): Stretch<T>[] {
  const sorted = [...new Set([1, ...starts])].filter((start) => start >= 1 && start <= lastPort).sort((a, b) => a - b)
  const result: Stretch<T>[] = []
  for (const [index, from] of sorted.entries()) {
    const to = (sorted[index + 1] ?? lastPort + 1) - 1
    const answer = ask(from)
    const previous = result.at(-1)
    if (previous && same(previous, answer)) previous.to = to
    else result.push({ protocol, from, to, ...answer })
  }
  return result
}

/** Where both sides have a say: cut wherever either is. */
export function combine(
  egress: readonly SideStretch[],
  ingress: readonly SideStretch[],
  elsewhere: string | undefined,
): FlowStretch[] {
  return overlay(egress, ingress, (one, other) => bothSides(one, other, elsewhere), sameAnswer)
}

/** Over IPv4 or IPv6, whichever lets more through. */
export function eitherWay(left: readonly FlowStretch[], right: readonly FlowStretch[]): FlowStretch[] {
  const rank = { allowed: 0, unknown: 1, denied: 2 }
  return overlay(left, right, (a, b) => verdictOnly(rank[b.verdict] < rank[a.verdict] ? b : a), sameAnswer)
}

export function overlay<A, B, T>(
  left: readonly Stretch<A>[],
  right: readonly Stretch<B>[],
  join: (a: A, b: B) => T,
  same: (a: T, b: T) => boolean,
): Stretch<T>[] {
  const result: Stretch<T>[] = []
  for (const protocol of ['TCP', 'UDP', 'SCTP'] as const) {
    const [ones, others] = [left, right].map((side) => side.filter((stretch) => stretch.protocol === protocol))
    const starts = [...(ones ?? []), ...(others ?? [])].map(({ from }) => from)
    result.push(
      ...stretchesOf(protocol, starts, (port) => join(at(left, protocol, port), at(right, protocol, port)), same),
    )
  }
  return result
}

function at<T>(stretches: readonly Stretch<T>[], protocol: Protocol, port: number): Stretch<T> {
  const found = stretches.find((stretch) => stretch.protocol === protocol && stretch.from <= port && port <= stretch.to)
  if (!found) throw new TypeError(`no stretch has ${protocol} port ${port}`)
  return found
}

function verdictOnly({ verdict, by, reason }: FlowVerdict): FlowVerdict {
  return { verdict, by, reason }
}

export function sameAnswer(a: { verdict: Verdict; by: Decision[] }, b: { verdict: Verdict; by: Decision[] }): boolean {
  return (
    a.verdict === b.verdict &&
    a.by.length === b.by.length &&
    a.by.every((decision, index) => {
      const other = b.by[index]
      return (
        decision.policy === other?.policy &&
        decision.rule?.at === other.rule?.at &&
        decision.direction === other.direction
      )
    })
  )
}
