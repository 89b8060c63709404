import { listAt, type Raw, recordAt, textAt } from '../isolation/raw.ts'
import { parseQuantity } from './quota-quantity.ts'

export const measured = ['cpu', 'memory'] as const
export type Measured = (typeof measured)[number]
/** Billionths of what pods ask for. */
export type Amounts = Record<Measured, bigint>
/** What a LimitRange gives a container that asks for nothing. */
export type Defaults = Partial<Amounts>

export const none: Amounts = { cpu: 0n, memory: 0n }
export const plus = (one: Amounts, other: Amounts): Amounts => each((key) => one[key] + other[key])
export const times = (one: Amounts, count: number): Amounts => each((key) => one[key] * BigInt(count))
export const larger = (one: Amounts, other: Amounts): Amounts =>
  each((key) => (one[key] > other[key] ? one[key] : other[key]))

/**
 * What the API server counts of a pod's requests against a quota: the containers together with the sidecars, or the largest moment of
 * the start if that is more; requests of the whole pod before those; and the overhead. A request that is not there is the limit, else the
 * default. Source: PodRequests in k8s.io/component-helpers resource/helpers.go, SetDefaults_Pod, plugin/pkg/admission/limitranger.
 */
export function podRequests(spec: Raw, defaults: Defaults = {}): Amounts {
  const containers = listAt(spec, 'containers').map((one) => containerRequests(one, defaults))
  let running = containers.reduce(plus, none)
  let sidecars = none
  let start = none
  for (const container of listAt(spec, 'initContainers')) {
    const asked = containerRequests(container, defaults)
    if (textAt(container, 'restartPolicy') === 'Always') {
      running = plus(running, asked)
      sidecars = plus(sidecars, asked)
      start = larger(start, sidecars)
    } else start = larger(start, plus(asked, sidecars))
  }
  const needed = larger(running, start)
  const whole = each((key) => wholePod(spec, key) ?? needed[key])
  const overhead = recordAt(spec, 'overhead')
  return plus(
    whole,
    each((key) => parseQuantity(overhead[key]) ?? 0n),
  )
}

/** Whether every container of a pod asks for it, or has a limit, which is taken for what it asks for. */
export function asksFor(spec: Raw, key: Measured): boolean {
  const all = [...listAt(spec, 'containers'), ...listAt(spec, 'initContainers')]
  return wholePod(spec, key) !== undefined || all.every((container) => askedBy(container, key) !== undefined)
}

const containerRequests = (container: Raw, defaults: Defaults): Amounts =>
  each((key) => askedBy(container, key) ?? defaults[key] ?? 0n)

function askedBy(container: Raw, key: Measured): bigint | undefined {
  const resources = recordAt(container, 'resources')
  return parseQuantity(recordAt(resources, 'requests')[key]) ?? parseQuantity(recordAt(resources, 'limits')[key])
}

function wholePod(spec: Raw, key: Measured): bigint | undefined {
  return parseQuantity(recordAt(recordAt(spec, 'resources'), 'requests')[key])
}

function each(amount: (key: Measured) => bigint): Amounts {
  return { cpu: amount('cpu'), memory: amount('memory') }
}
