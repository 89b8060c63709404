import * as Flags from '@oclif/core/flags'
import { probeImageFlag } from './isolate-request.ts'

/** Of what carries a playbook out. */
export const runFlags = {
  answers: Flags.string({
    description: 'answer by this file, and ask nobody: YAML, by the names of inputs and keys of steps',
    helpValue: 'FILE',
  }),
  'skip-evidence': Flags.string({
    description: 'destroy what is in no evidence, for this reason; it is recorded',
    helpValue: 'REASON',
  }),
  'allow-unsigned': Flags.boolean({
    description: 'let a playbook change things that is neither shipped nor signed by a key you trust',
  }),
  ...probeImageFlag,
}
