import { parseAddress } from '../../../src/network/address.ts'
import { decodeNetworkPolicy } from '../../../src/network/decode-network-policy.ts'
import { evaluateFlow } from '../../../src/network/evaluate.ts'
import type { Direction } from '../../../src/network/model.ts'
import { type Network, networkOf } from '../../../src/network/network.ts'
import { decide } from '../../../src/network/decide.ts'
import { matchRule } from '../../../src/network/evaluate.ts'
import type { Protocol } from '../../../src/network/traffic.ts'
import { emptyWorld, type World } from '../../../src/network/world.ts'
import { readTruth } from './read-truth.ts'

type Model = {
  namespaces: Record<string, Record<string, string>>
  pods: {
    namespace: string
    name: string
    labels: Record<string, string> | null
    ip: string
    ports: { name: string; port: number; protocol: Protocol }[]
  }[]
}
type Step = {
  model: string
  policies: Record<string, unknown>[]
  probes: [Protocol, number, string][]
  blocked: string[]
}
export type Cyclonus = { models: Record<string, Model>; cases: { description: string; steps: Step[] }[] }

export const readCyclonus = () => readTruth('cyclonus') as Cyclonus

/** `x/a>x/b TCP/80 ie`: the flow, and the sides that block it. */
export type Checked = { flows: number; disagreements: string[] }

/** Every flow of every step; each is asked by the sides that policies have, and as the flow it is. */
export function checkCyclonus({ models, cases }: Cyclonus): Checked {
  const result: Checked = { flows: 0, disagreements: [] }
  for (const { description, steps } of cases) {
    for (const [index, step] of steps.entries()) {
      const model = models[step.model]
      if (!model) throw new Error(`no model ${step.model}`)
      checkStep(networkOf(cyclonusWorld(model, step)), step, `${description}, step ${index}`, result)
    }
  }
  return result
}

function checkStep(network: Network, step: Step, where: string, result: Checked): void {
  const blocked = new Map(
    step.blocked.map((line) => {
      const cut = line.lastIndexOf(' ')
      return [line.slice(0, cut), line.slice(cut + 1)]
    }),
  )
  const { pods } = network.world
  for (const from of pods) {
    for (const to of pods) {
      for (const [protocol, port] of step.probes) {
        const flow = `${from.namespace}/${from.name}>${to.namespace}/${to.name} ${protocol}/${port}`
        const expected = blocked.get(flow) ?? ''
        const sides = blockedSides(network, from, to, protocol, port)
        result.flows += 1
        if (sides !== expected) result.disagreements.push(`${where}: ${flow}: cyclonus "${expected}", ours "${sides}"`)
        const end = ({ namespace, name }: typeof from) => ({ kind: 'pod', namespace, name }) as const
        const { verdict } = evaluateFlow(network, { from: end(from), to: end(to), protocol, port })
        // A pod always reaches itself; cyclonus' engine leaves that out, and its comparisons ignore loopback.
        const wanted = from === to || expected === '' ? 'allowed' : 'denied'
        if (verdict !== wanted) result.disagreements.push(`${where}: ${flow}: wanted ${wanted}, ours ${verdict}`)
      }
    }
  }
}

type Pod = World['pods'][number]

function blockedSides(network: Network, from: Pod, to: Pod, protocol: Protocol, port: number): string {
  const [source, destination] = [network.parties.ofPod(from), network.parties.ofPod(to)]
  const side = (direction: Direction) => {
    const [subject, other] = direction === 'ingress' ? [destination, source] : [source, destination]
    const { verdict } = decide(network.sideOf(subject, direction), direction, (rule) =>
      matchRule(rule, subject, other, 4, destination, protocol, port),
    )
    return verdict === 'allowed' ? '' : verdict === 'denied' ? direction.slice(0, 1) : '?'
  }
  return side('ingress') + side('egress')
}

function cyclonusWorld(model: Model, step: Step): World {
  const reading = { enforcer: 'conformant' } as const
  return {
    ...emptyWorld('conformant'),
    namespaces: Object.entries(model.namespaces).map(([name, labels]) => ({ name, labels })),
    pods: model.pods.map(({ namespace, name, labels, ip, ports }) => ({
      namespace,
      name,
      labels: labels ?? {},
      serviceAccount: 'default',
      hostNetwork: false,
      addresses: [parseAddress(ip) ?? []].flat(),
      ports,
    })),
    policies: step.policies.map((policy) => decodeNetworkPolicy(policy, reading)),
  }
}
