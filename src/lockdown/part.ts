import { objectName } from '../change/plan.ts'
import type { LockdownOptions, Part } from './model.ts'
import type { Naming } from './network/policies.ts'

/** What an object of a plan is called. */
export const nameOf = ({ planId, names }: Naming, suffix: string): string =>
  names === 'readable' ? `lockdown-${suffix}` : objectName(planId, suffix)

/** The flag that leaves a part as it is; undefined where it is the only one that is wanted. */
export function keepPart(part: Part, { parts }: LockdownOptions): string | undefined {
  const others = parts.filter((other) => other !== part)
  return others.length > 0 ? `--only ${others.join(',')}` : undefined
}

/** What a part says that has no way to mean a few workloads. */
export const notOfSome = (what: string): string =>
  `${what} are of the whole namespace: with a selector they stay as they are`
