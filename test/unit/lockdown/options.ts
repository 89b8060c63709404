import { type LockdownOptions, parts } from '../../../src/lockdown/model.ts'

export const optionsOf = (more: Partial<LockdownOptions> = {}): LockdownOptions => ({
  level: 'restricted',
  parts,
  asked: [],
  observed: [],
  force: false,
  ...more,
})
