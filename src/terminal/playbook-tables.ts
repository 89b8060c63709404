import type { Action, Step } from '../playbook/model.ts'
import type { Listed } from '../playbook/library.ts'
import { formOf } from '../playbook/input-value.ts'
import type { Found } from '../playbook/library.ts'
import type { RunSummary } from '../playbook/run/list.ts'
import type { Trust } from '../playbook/sign.ts'
import { ageOf } from './age.ts'
import type { Look } from './look.ts'
import { Sheet } from './sheet.ts'
import { formatTable } from './table.ts'

/** Whose word a playbook is. */
export function trustText(trust: Trust): string {
  if (trust.by === 'shipped') return 'shipped'
  return trust.by === 'signature' ? `signed by ${trust.keyId.slice(0, 12)}` : `read-only: ${trust.why}`
}

export function playbooksTable(listed: readonly Listed[], width: number | undefined): string {
  const rows = listed.map(({ name, found, why = '' }) => {
    if (!found) return [name, '-', '-', '-', why.split('\n', 1)[0] ?? '']
    const { version, attack = [], title } = found.playbook.metadata
    return [name, version, attack.join(','), trustText(found.trust), title]
  })
  return formatTable(['NAME', 'VERSION', 'ATT&CK', 'TRUST', 'TITLE'], rows, width)
}

export function runsTable(
  runs: readonly RunSummary[],
  { wide, width, now }: { wide: boolean; width: number | undefined; now: Date },
): string {
  const rows = runs.map((run) => {
    const { runId, playbook, version, at = '-', by, holder = '-', begun, incident = '-', folder, broken } = run
    const state = broken === undefined ? stateText(run) : 'broken journal'
    const row = [runId, playbook, state, at, by, holder, ageOf(begun, now)]
    return wide ? [...row, version, incident, broken ?? '-', folder] : row
  })
  const headings = ['RUN', 'PLAYBOOK', 'STATE', 'STEP', 'BY', 'HOLDER', 'AGE']
  return formatTable(wide ? [...headings, 'VERSION', 'INCIDENT', 'BROKEN', 'FOLDER'] : headings, rows, width)
}

// Nobody works on it here: it was cut off.
function stateText({ state, holder }: RunSummary): string {
  return state === 'running' && holder === undefined ? 'unfinished' : state
}

/** What a playbook asks, does and needs, as an outline. */
export function playbookText(
  { playbook, digest, path, trust }: Found,
  actions: Readonly<Record<string, Action>>,
  stateNamespace: string,
  look: Look,
): string {
  const { metadata, inputs = {}, steps } = playbook
  const { name, version, title, description, attack = [], sources = [] } = metadata
  const sheet = new Sheet().lead(name, title).field('version', version, indent)
  if (attack.length > 0) sheet.field('ATT&CK', attack.join(', '), indent)
  sheet.field('trust', trustText(trust), indent).field('file', path, { ...indent, wrap: false })
  sheet.field('sha256', digest, { ...indent, wrap: false })
  if (description !== undefined) sheet.blank().line(description.trim().replaceAll('\n', ' '), indent)
  sheet.blank().line('Asks for:')
  if (Object.keys(inputs).length === 0) sheet.line('nothing', indent)
  for (const [key, input] of Object.entries(inputs)) {
    const more = input.optional
      ? ', may be left out'
      : input.default !== undefined
        ? `, else ${JSON.stringify(input.default)}`
        : ''
    sheet.lead(key, `${input.ask} (${formOf(input)}${more})`, indent)
  }
  sheet.blank().line('Steps:')
  for (const [at, step] of steps.entries()) addStep(sheet, at + 1, step, actions)
  const rights = rightsTexts(steps, actions, stateNamespace)
  if (rights.length > 0)
    sheet.blank().line('Rights that it takes, in general ("playbook run --dry-run=server" asks for them):')
  for (const text of rights) sheet.line(text, indent)
  if (sources.length > 0) sheet.blank().line('Sources:')
  for (const source of sources) sheet.line(`${source.title}: ${source.url}`, indent)
  return sheet.toText(look)
}

const indent = { indent: 2 }
const deep = { indent: 6 }

function addStep(sheet: Sheet, number: number, step: Step, actions: Readonly<Record<string, Action>>): void {
  sheet.lead(`${String(number).padStart(3)}.`, `${step.id}: ${step.title ?? whatText(step, actions)}`)
  if (step.title !== undefined) sheet.field('does', whatText(step, actions), deep)
  if (step.when !== undefined) sheet.field('only if', step.when, deep)
  if (step.type === 'command' || step.type === 'verify')
    for (const [name, value] of Object.entries(step.with ?? {}))
      sheet.field('with', `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`, deep)
  if (step.type === 'command') {
    if (step.destroys) sheet.field('destroys', step.destroys.join(', '), { ...deep, colour: 'yellow' })
    if (step.requires) sheet.field('requires', `the evidence of ${step.requires.join(', ')}`, deep)
    if (step.onFail !== undefined && step.onFail !== 'stop') sheet.field('on failure', failText(step.onFail), deep)
  }
  if (step.type === 'verify') sheet.field('if not', failText(step.onTimeout ?? 'stop'), deep)
  if (step.type === 'decision')
    for (const { label, next } of Object.values(step.cases)) sheet.field('either', `${label} → ${next}`, deep)
  if (step.next !== undefined) sheet.field('then', `→ ${step.next}`, deep)
}

function failText(how: string): string {
  if (how === 'stop') return 'the run stops'
  return how === 'continue' ? 'it goes on, with that noted' : `→ ${how}`
}

function whatText(step: Step, actions: Readonly<Record<string, Action>>): string {
  switch (step.type) {
    case 'command': {
      const action = actions[step.run]
      const kind = action?.kind === 'change' ? ' [changes the cluster]' : ''
      return `${step.run}${kind}: ${action?.summary ?? ''}`
    }
    case 'verify':
      return `${step.run}, until ${step.until} (at most ${step.timeout})`
    case 'get':
      return `read ${step.kind} ${step.name}`
    case 'decision':
      return `you decide: ${step.ask}`
    case 'prompt':
      return `you are asked: ${step.input.ask}`
    case 'approval':
      return `${step.role} approves ${step.covers.join(', ')}`
    case 'wait':
      return `wait ${step.for}: ${step.why}`
    case 'notify':
      return `tell ${step.channel}`
    case 'note':
      return step.text.split('\n', 1)[0] ?? ''
    case 'call':
      return `the playbook ${step.playbook}`
  }
}

function rightsTexts(steps: readonly Step[], actions: Readonly<Record<string, Action>>, space: string): string[] {
  const rights = steps.flatMap((step) =>
    step.type === 'command' || step.type === 'verify' ? (actions[step.run]?.rights({}, space) ?? []) : [],
  )
  const verbs = new Map<string, Set<string>>()
  for (const { verb, group, resource, subresource, namespace } of rights) {
    const type = `${resource}${subresource === undefined ? '' : `/${subresource}`}${group === '' ? '' : `.${group}`}`
    const key = namespace === undefined ? type : `${type} in ${namespace}`
    verbs.set(key, (verbs.get(key) ?? new Set()).add(verb))
  }
  return [...verbs].map(([type, some]) => `${[...some].join(', ')} ${type}`).toSorted()
}
