import * as Flags from '@oclif/core/flags'
import { profiles } from '../redact/scene.ts'
import { identityFlag, sealFlags } from './evidence-flags.ts'

/** What is masked, with which key, and where the derivative goes. */
export const redactFlags = {
  profile: Flags.string({
    description: 'secrets: credentials of all kinds; sharing: also addresses, and names of people and nodes',
    options: profiles,
    default: 'secrets',
    helpValue: profiles.join('|'),
  }),
  key: Flags.string({
    description:
      'the file with the key of the pseudonyms, made where it is not there; without it, one of this case in your state directory',
    helpValue: 'FILE',
  }),
  output: Flags.string({
    description: 'the derivative, .tar.gz; - is standard output; without it, FILE-redacted.tar.gz',
    helpValue: 'FILE',
  }),
  'live-secrets': Flags.boolean({
    description: 'also look for the values that the Secrets of the cluster have now; they stay in memory',
  }),
  format: Flags.string({
    char: 'o',
    description: 'output format of the report',
    options: ['table', 'json', 'yaml'],
    default: 'table',
    helpValue: 'table|json|yaml',
  }),
  ...identityFlag,
  ...sealFlags,
}
