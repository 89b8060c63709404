import type { WebhookState } from '../../snapshot/cluster-state.ts'
import type { AttackRule, AttackWorld, HeldRole } from '../model.ts'
import { joined } from './confinement.ts'
import { factsOf } from './facts.ts'
import { broadest, broadestCreation, type Way, wayOf, type Writing, writing } from './held-parts.ts'
import { hasEverything } from './parts.ts'
import { addPodCreation } from './pod-creation.ts'

const configurations = (kind: WebhookState['kind']) =>
  writing('admissionregistration.k8s.io', `${kind}webhookconfigurations`, { namespaced: false })
const mutating = configurations('mutating')
const validating = configurations('validating')

/**
 * Every request that writes an object passes by the webhook, at a URL that its author chooses: a mutating one makes another object of it, with the
 * rights of whoever wrote it, and both kinds read it. Configurations of webhooks themselves do not pass (ExtensibleAdmission, IsExemptAdmissionConfigurationResource).
 */
export const webhookWrite: AttackRule = {
  id: 'webhook-write',
  title: 'Sends what others write past a webhook of its own',
  role: (held, graph, world) => {
    if (hasEverything(held)) return
    const mutates = writableBy(held, world, 'mutating', mutating)
    for (const way of mutates) {
      const waits = 'until somebody, or a controller, creates a pod'
      addPodCreation(graph, world, '*', { ...way, waits })
      const admin = 'until somebody who may grant everything writes a binding or a role'
      graph.add({ ...way, waits: admin, to: graph.node({ kind: 'admin' }) })
    }
    const reads = [...mutates, ...writableBy(held, world, 'validating', validating)]
    for (const way of reads) {
      const waits = 'until somebody writes the secret'
      graph.add({ ...way, waits, to: graph.node({ kind: 'any-secret', scope: '*' }) })
    }
  },
}

/** By a new configuration, or by one that is there, whose address can be changed. */
function writableBy(held: HeldRole, world: AttackWorld, kind: WebhookState['kind'], on: Writing): Way[] {
  const created = broadestCreation(held, on)
  if (created) return [wayOf(held, 'webhook-write', created)]
  const all = world.state.webhooks.filter((webhook) => webhook.kind === kind)
  const doubt = factsOf(world).unread(on.update.resource)
  for (const part of broadest(held, on.update, on.patch)) {
    const there = all.find(({ configuration }) => part.name === undefined || configuration === part.name)
    const fact = kind === 'mutating' ? 'MutatingWebhookConfiguration' : 'ValidatingWebhookConfiguration'
    const way = wayOf(held, 'webhook-write', part)
    if (there) return [{ ...way, state: [{ kind: fact, name: there.configuration, says: 'is there to be changed' }] }]
    if (doubt !== undefined) return [{ ...way, ...joined(`there may be no ${fact} to change: ${doubt}`) }]
  }
  return []
}
