import * as Flags from '@oclif/core/flags'
import { defaultStateNamespace } from './command-words.ts'

/** Of every command that may write: whether it asks first, and whether it writes at all. */
export const writeFlags = {
  yes: Flags.boolean({ char: 'y', description: 'do not ask before anything is changed' }),
  'dry-run': Flags.string({
    description: 'server: only show what would change, by the API server; nothing is stored',
    options: ['none', 'server'] as const,
    default: 'none',
    helpValue: 'none|server',
  }),
  ...stateNamespaceFlag(),
}

export const filenameFlag = {
  filename: Flags.string({
    char: 'f',
    description: 'the plan; - is standard input',
    helpValue: 'PLAN',
    required: true,
  }),
}

/** Of commands that make a plan. */
export const planFlags = {
  incident: Flags.string({
    description: 'the incident this belongs to: status and undo know it by that',
    helpValue: 'ID',
  }),
  reason: Flags.string({ description: 'why, for whoever looks at it later', helpValue: 'TEXT' }),
  save: Flags.string({
    description: 'write the plan to a new file, for "apply -f"',
    helpValue: 'FILE',
  }),
}

export const takeOverFlag = {
  'take-over': Flags.boolean({
    description: 'go on although somebody else is at work on it: make sure that they are not',
  }),
}

export const restoreOwnershipFlag = {
  'restore-ownership': Flags.boolean({
    description: 'also give back the labels by which a controller owns its pods; it may delete one of them then',
  }),
}

/** Of what takes runs back. */
export const releaseImageFlag = {
  'probe-image': Flags.string({
    description:
      'the image that lets pods use their network again that isolate --sever has cut off; without it, the one that cut them',
    helpValue: 'IMAGE',
  }),
}

export function stateNamespaceFlag() {
  return {
    'state-namespace': Flags.string({
      description: 'the namespace of the records in the cluster; never that of a target',
      default: defaultStateNamespace,
      helpValue: 'NAMESPACE',
    }),
  }
}
