import type { GeneratorValue } from 'fast-check'
import fc from 'fast-check'

/** The inputs of an apt playbook, as CEL. */
export type Inputs = Record<
  | 'place'
  | 'node'
  | 'bare'
  | 'account'
  | 'stateful'
  | 'deployment'
  | 'cron'
  | 'leaked'
  | 'fresh'
  | 'subject'
  | 'digest',
  string
>
/** What a change is given, and a list of what has the pods that it destroys, as CEL. */
export type Recipe = { with: Record<string, unknown>; pods?: string }

/** Those that destroy. */
export const destroying = ['workload.stop', 'workload.roll-back', 'secret.move', 'pod.delete', 'object.delete']
const value = (cel: string): string => `\${{ ${cel} }}`

/** For each change what it can be made with on the stage of fuzz-stage.ts. */
export function recipes(g: GeneratorValue, inputs: Inputs): Record<string, () => Recipe> {
  const of = (...names: (keyof Inputs)[]): string => {
    const name: keyof Inputs = g(fc.constantFrom, ...names)
    return inputs[name]
  }
  const maybe = (given: Record<string, unknown>) => (g(fc.nat, 2) === 0 ? given : {})
  const inPlace = (kind: string, name: string): string =>
    `{'kind': '${kind}', 'namespace': ${inputs.place}.name, 'name': '${name}'}`
  const binding = (): string =>
    g(fc.boolean)
      ? inPlace('RoleBinding', 'alone')
      : `{'kind': 'ClusterRoleBinding', 'name': ${inputs.place}.name + '-with-others'}`
  return {
    isolate: () => ({
      with: {
        target: value(`[${of('bare', 'bare', 'stateful', 'deployment', 'account', 'node', 'place')}]`),
        ...maybe({ sever: true }),
        ...maybe({ cordon: true }),
        ...maybe({ acceptRestart: true }),
      },
    }),
    lockdown: () => {
      // A part that the level leaves alone is refused.
      const [level, parts] = g(
        fc.constantFrom,
        ['baseline', ['network', 'pods']] as const,
        ['restricted', ['network', 'pods', 'tokens', 'quota']] as const,
        ['quarantine', ['network', 'pods', 'tokens', 'rbac', 'quota']] as const,
      )
      const only = maybe({ only: g(fc.subarray, [...parts], { minLength: 1 }) })
      return { with: { namespace: value(inputs.place), level, ...only } }
    },
    revoke: () => ({ with: { subject: g(fc.constantFrom, value(`[${inputs.subject}]`), ['user:bob']) } }),
    'bindings.remove': () => ({
      with: { bindings: value(`[${binding()}]`), ...maybe({ subject: value(inputs.subject) }) },
    }),
    'account.recreate': () => ({ with: { account: value(inputs.account) } }),
    'workload.stop': () => ending('target', of('stateful', 'deployment')),
    'workload.roll-back': () => ({ with: { workload: value(inputs.deployment) }, pods: `[${inputs.deployment}]` }),
    'cronjob.suspend': () => ({ with: { workload: value(inputs.cron) } }),
    'node.cordon': () => ({ with: { node: value(inputs.node) } }),
    'image.block': () => ({ with: { digest: value(inputs.digest), ...maybe({ names: ['registry.test/other:1'] }) } }),
    'secret.move': () => ({
      with: { from: value(inputs.leaked), to: value(inputs.fresh) },
      pods: `[${inputs.stateful}]`,
    }),
    'pod.delete': () => ending('target', inputs.bare),
    'object.delete': () => {
      if (g(fc.boolean)) {
        const cel = of('stateful', 'deployment')
        return { with: { object: value(cel) }, pods: `[${cel}]` }
      }
      const [kind, name] = g(
        fc.constantFrom,
        ['ConfigMap', 'config'],
        ['Service', 'web'],
        ['NetworkPolicy', 'lets-in'],
        ['RoleBinding', 'alone'],
        ['CronJob', 'nightly'],
      ) as [string, string]
      return { with: { object: value(inPlace(kind, name)) }, pods: `[${inputs.bare}]` }
    },
    'webhook.delete': () => ({
      with: { object: value(`{'kind': 'MutatingWebhookConfiguration', 'name': ${inputs.place}.name + '-hook'}`) },
    }),
  }
}

function ending(parameter: string, cel: string): Recipe {
  return { with: { [parameter]: value(`[${cel}]`) }, pods: `[${cel}]` }
}
