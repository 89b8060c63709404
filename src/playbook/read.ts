import { createHash } from 'node:crypto'
import { SecureError } from '../errors.ts'
import { checkYaml, type Complaint, complaintText } from '../schema/checked-yaml.ts'
import { withCaseWords } from './case-word.ts'
import { checkPlaybook, type Registry } from './check.ts'
import type { Playbook } from './model.ts'
import { playbookSchema } from './schema.ts'

/** A playbook and the bytes it came from; `digest` is what a run, an approval and a signature are of. */
export type Read = { playbook: Playbook; text: string; digest: string; path: string }

/** Reads and checks a playbook. Complaints have line and field; there is a playbook only where there are none. */
export async function validatePlaybook(
  text: string,
  actions: Registry,
): Promise<{ playbook?: Playbook; complaints: Complaint[] }> {
  const { value, complaints, lineOf } = await checkYaml<Playbook>(text, playbookSchema)
  if (!value) return { complaints }
  const { playbook, told: twice } = withCaseWords(value)
  const told = [...twice, ...(await checkPlaybook(playbook, actions))].map((one) => ({
    ...one,
    line: lineOf(one.pointer),
  }))
  return told.length === 0 ? { playbook, complaints: [] } : { complaints: told.toSorted((a, b) => a.line - b.line) }
}

/** The same, for who cannot go on without. Throws SecureError `usage` with every complaint. */
export async function readPlaybook(path: string, text: string, actions: Registry): Promise<Read> {
  const { playbook, complaints } = await validatePlaybook(text, actions)
  if (!playbook)
    throw new SecureError('usage', complaintText(path, complaints), {
      hint: 'docs/playbooks.md says what a playbook may have',
    })
  return { playbook, text, digest: createHash('sha256').update(text).digest('hex'), path }
}
