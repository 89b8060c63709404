import { cutsNetwork } from '../change/cut-off.ts'
import type { Change, Edit, Json } from '../change/plan.ts'
import type { Irreversible } from '../change/reports.ts'

/** `Pod payments/api-0`: an object in words. */
export function objectText({ kind, namespace, name }: { kind: string; namespace?: string; name: string }): string {
  return `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
}

/** A cluster in words, as the user knows it. */
export function placeText({ server, context }: { server: string; context?: string }): string {
  return `${server}${context === undefined ? '' : ` (context ${context})`}`
}

/** What a change does to which object, in one line: `patch Pod payments/api-0`. */
export function changeText(change: Change): string {
  const object = objectText(change.ref)
  if (change.do === 'scale') return `scale ${object} from ${change.before} to ${change.after}`
  if (change.do === 'subresource') return `add the ephemeral container ${change.container.name} to ${object}`
  if (change.do === 'create' && change.temporary) return `create ${object}, for the time of the run`
  return `${change.do} ${object}`
}

/** How a change is taken back, in words; a line for each way. */
export function undoTexts(change: Change): string[] {
  switch (change.do) {
    case 'create':
      return ['deleted']
    case 'delete':
      return ['created anew from the copy in this plan, with another uid']
    case 'evict':
      return ['not: the pod is gone; whatever owns it makes another one']
    case 'scale':
      return [`scaled back to ${change.before}, if it is still ${change.after} then`]
    case 'subresource':
      return cutsNetwork(change)
        ? ['another ephemeral container, which undo adds, lifts the cut; both stay until the pod is gone']
        : ['not: an ephemeral container stays until its pod is gone']
    case 'patch':
      return [...new Set(change.edits.map(({ restore }) => restores[restore]))]
  }
}

const restores: Record<Edit['restore'], string> = {
  always: 'the fields are given back where they are still as we left them',
  unquarantined: 'labels are given back once no other plan quarantines the object',
  'on-request': 'ownership is given back only with --restore-ownership',
}

/** One edit in words: `remove label app (was "web")`. Data of Secrets is never shown. */
export function editText(edit: Edit, kind: string): string {
  const path = fieldText(edit.path)
  const hidden = kind === 'Secret' && (edit.path[0] === 'data' || edit.path[0] === 'stringData')
  const value = (json: Json) => (hidden ? '***' : valueText(json))
  if ('item' in edit) return `${edit.how} ${value(edit.item)} ${edit.how === 'add' ? 'to' : 'from'} ${path}`
  if (edit.after === undefined) {
    return `remove ${path}${edit.before === undefined ? '' : ` (was ${value(edit.before)})`}`
  }
  if (edit.before === undefined) return `add ${path}: ${value(edit.after)}`
  return `set ${path}: ${value(edit.before)} → ${value(edit.after)}`
}

// Most edits are of labels, whose names are long enough.
function fieldText(path: readonly string[]): string {
  const [first, second, key] = path
  const isMark = path.length === 3 && first === 'metadata' && (second === 'labels' || second === 'annotations')
  return isMark ? `${second === 'labels' ? 'label' : 'annotation'} ${key}` : pathText(path)
}

/** What cannot come back, each loss once with the objects it is of; a long row of them is cut with its count. */
export function lossTexts(irreversible: readonly Irreversible[]): string[] {
  const byLoss = Map.groupBy(irreversible, ({ what }) => what)
  return [...byLoss].map(([what, losses]) => {
    const names = [...new Set(losses.map(({ ref }) => objectText(ref)))]
    return `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}: ${what}`
  })
}

/** A path in dots, as kubectl and jq write it. */
export function pathText(path: readonly string[]): string {
  return path
    .map((part, index) => (/^\w+$/.test(part) ? `${index === 0 ? '' : '.'}${part}` : `[${JSON.stringify(part)}]`))
    .join('')
}

/** A value on one line; a long one is cut with its length said: the diff has it all. */
export function valueText(value: Json | undefined): string {
  if (value === undefined) return 'nothing'
  const text = JSON.stringify(value)
  return text.length <= 80 ? text : `${text.slice(0, 60)}… (${text.length} characters)`
}

/** `1 change`, `3 changes`. */
export function count(number: number, word: string, plural = `${word}s`): string {
  return `${number} ${number === 1 ? word : plural}`
}
