import type { Load } from './quota-demand.ts'
import { bytesText, ceilDivide, cpuText, parseQuantity } from './quota-quantity.ts'

/** A load as a ResourceQuota has it; what is not asked for at all is left out. */
export function textsOf({ pods, amounts: { cpu, memory } }: Load): Record<string, string> {
  return {
    ...(cpu > 0n ? { 'requests.cpu': cpuText(cpu) } : {}),
    ...(memory > 0n ? { 'requests.memory': bytesText(memory) } : {}),
    pods: String(pods),
  }
}

const step = { cpu: parseQuantity('100m') ?? 1n, memory: parseQuantity('1Mi') ?? 1n }

/** What a quota is to let be: half as much again as the base, or the base and the largest rollout, whichever is more. */
export function hardFor(base: Load, surges: readonly Load[]): Record<string, string> {
  const room = (of: (load: Load) => bigint, by: bigint) => {
    const all = of(base)
    const rollout = surges.map(of).reduce((most, one) => (one > most ? one : most), 0n)
    const half = ceilDivide(all, 2n)
    return ceilDivide(all + (rollout > half ? rollout : half), by) * by
  }
  return textsOf({
    pods: Number(room(({ pods }) => BigInt(pods), 1n)),
    amounts: {
      cpu: room(({ amounts }) => amounts.cpu, step.cpu),
      memory: room(({ amounts }) => amounts.memory, step.memory),
    },
  })
}
