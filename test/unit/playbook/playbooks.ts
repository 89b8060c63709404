import { createHash } from 'node:crypto'
import { dump } from 'js-yaml'
import type { Action, Playbook, Step } from '../../../src/playbook/model.ts'
import type { Read } from '../../../src/playbook/read.ts'

/** A playbook as read, without the checks. */
export function readOf(name: string, steps: Step[], inputs: Playbook['inputs'] = {}): Read {
  const playbook: Playbook = {
    apiVersion: 'kubectl-secure.github.io/v1',
    kind: 'Playbook',
    metadata: { name, version: '1.0.0', title: name },
    inputs,
    steps,
  }
  const text = dump(playbook)
  return { playbook, text, digest: createHash('sha256').update(text).digest('hex'), path: `${name}.yaml` }
}

export const action = (name: string, kind: Action['kind'], more: object = {}): Action =>
  ({ name, kind, summary: `does ${name}`, with: {}, outputs: {}, rights: () => [], ...more }) as unknown as Action
