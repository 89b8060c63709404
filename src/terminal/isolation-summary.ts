import type { IsolationReport, IsolationVerdict, PodIsolation } from '../isolation/report.ts'
import { count } from './change-text.ts'
import { alike, capped, more, podNames, sharedTexts } from './isolation-groups.ts'
import { computedText, flowText, liveText, probeTexts, seconds, strayTries } from './isolation-proof.ts'
import type { Colour, Look } from './look.ts'
import { Sheet } from './sheet.ts'
import { addWarnings, most, ownText } from './isolation-warnings.ts'
import { stateText, stepText } from './step-text.ts'

const colours: Record<IsolationVerdict, Colour> = {
  ISOLATED: ['bold', 'green'],
  PARTIAL: ['bold', 'yellow'],
  'NOT ENFORCED': ['bold', 'red'],
  UNKNOWN: ['bold', 'magenta'],
}
const meanings: Record<IsolationVerdict, string> = {
  ISOLATED: 'Cut off, and proved: by policies, by a probe, and no old connection is alive.',
  PARTIAL: 'NOT fully cut off. Something is cut, and something is open or not proved:',
  'NOT ENFORCED': 'NOT cut off. The policies are in place, and nothing carries them out:',
  UNKNOWN: 'It could NOT be proved. Treat it as open:',
}

/**
 * An isolation to be read aloud in a war room: the verdict, what is cut and what is not, how it was proved, what to do next.
 * One pod that is isolated fits a screen; long lists are cut, with their count.
 */
export function isolationSummary(report: IsolationReport, look: Look): string {
  const { verdict, reasons, undo } = report
  const pods = order.flatMap((one) => report.pods.filter((pod) => pod.verdict === one))
  const sheet = new Sheet()
  sheet.lead(verdict, headText(report), { colour: colours[verdict] })
  sheet.line(meanings[verdict], { indent: 2 })
  // Those of single pods stand with the pods.
  const own =
    pods.length > 1
      ? reasons.filter((reason) => !pods.some((pod) => reason.startsWith(`pod ${podNames([pod])} `)))
      : reasons
  for (const reason of capped(own, 5)) sheet.lead('-', reason, { indent: 4 })
  if (pods.length > 1) addPods(sheet, pods)
  sheet.blank()
  sheet.field('Cut', cutText(report))
  sheet.field('Not cut', notCut(report, pods))
  if (report.exceptions && report.exceptions.length > 0) sheet.field('Allowed', capped(report.exceptions, 6))
  sheet.field('Proof', proofs(pods))
  addRun(sheet, report)
  addWarnings(sheet, report)
  sheet.field('Can lift', liftTexts(report))
  if (report.evidence) sheet.field('Evidence', evidenceText(report.evidence))
  sheet.field('Undo', undo, { wrap: false })
  // What scrolled away is said again.
  if (verdict !== 'ISOLATED') sheet.lead(verdict, 'as said above', { colour: colours[verdict] })
  return sheet.toText(look)
}

function headText({ target, incident, pods }: IsolationReport): string {
  const names = target.map(({ kind, namespace, name }) => `${kind} ${namespace ? `${namespace}/` : ''}${name}`)
  const [only] = pods.length === 1 ? pods : []
  const where = only?.node === undefined ? '' : ` on node ${only.node}`
  const tally = pods.length === 1 && target[0]?.kind === 'Pod' ? '' : `: ${count(pods.length, 'pod')}`
  return `${capped(names, 3).join(', ')}${tally}${where}${incident === undefined ? '' : ` (incident ${incident})`}`
}

// Worst first.
const order: IsolationVerdict[] = ['NOT ENFORCED', 'UNKNOWN', 'PARTIAL', 'ISOLATED']

// Those that fare alike share a line.
function addPods(sheet: Sheet, pods: readonly PodIsolation[]): void {
  const groups = alike(pods, (pod) => [`${pod.verdict}\n${pod.reasons[0] ?? ''}`])
  for (const [index, { pods: members }] of groups.slice(0, 8).entries()) {
    if (index === 0) sheet.blank()
    const [first] = members
    if (!first) continue
    const why = first.reasons[0] === undefined ? '' : `: ${first.reasons[0]}`
    sheet.lead(first.verdict, `${podNames(members)}${why}`, { indent: 2, colour: colours[first.verdict] })
  }
  if (groups.length > 8) sheet.line(more(groups.length - 8), { indent: 2 })
}

function cutText({ pods, timing }: IsolationReport): string {
  const cut = pods.reduce((sum, { computed }) => sum + computed.cut, 0)
  const results = new Set(pods.map(({ probe }) => probe.result))
  const paper = results.has('not-enforced')
    ? ', ON PAPER ONLY'
    : results.has('inconclusive')
      ? ', on paper: not proved'
      : ''
  const flows =
    cut === 0
      ? 'no flow that was open before'
      : `${count(cut, 'flow')} that ${cut === 1 ? 'was' : 'were'} open before${paper}`
  const after = timing.cut === undefined ? '' : `cut after ${seconds(timing.cut)}, `
  return `${flows} (${after}verdict after ${seconds(timing.verdict)})`
}

// What goes on beside all policies belongs to what is not cut, wherever it was found.
function notCut(report: IsolationReport, pods: readonly PodIsolation[]): string[] {
  const flows = sharedTexts(pods, ({ verdict, computed }) => [
    ...(verdict === 'NOT ENFORCED' ? ['ANYTHING: no policy is carried out on its node'] : []),
    ...computed.open.map(flowText),
  ])
  const beside = report.warnings.filter(({ kind }) => kind === 'bypass').map(({ text }) => ownText(report, text))
  return [...capped(flows, 6), ...capped(beside.length > 0 ? beside : [usual], most)]
}

const usual = 'from its own node: probes, exec, logs and port-forward of anybody'

function proofs(pods: readonly PodIsolation[]): string[] {
  const of = (textsOf: (pod: PodIsolation) => string[], limit: number) => capped(sharedTexts(pods, textsOf), limit)
  return [
    ...of((pod) => [computedText(pod)], 4),
    ...capped(probeTexts(pods), 4),
    ...of(({ probe }) => strayTries(probe), 4),
    ...of(({ live }) => [liveText(live)], 4),
    ...of(({ live }) => live.alive.map((connection) => `alive: ${connection}`), 4),
    ...of(({ live }) => live.canUndo.map((name) => `container ${name} holds NET_ADMIN: it could open itself again`), 4),
    ...of(
      ({ computed }) => computed.gaps.map(({ what, why, hides }) => `not read: ${what}: ${why}; hidden: ${hides}`),
      3,
    ),
  ]
}

function addRun(sheet: Sheet, { run, plan }: IsolationReport): void {
  const bad = run.steps.filter(({ state }) => state === 'failed' || state === 'unsettled')
  const texts = bad.map((step) => `${stateText(step.state).word}: ${stepText(step)}${step.why ? `: ${step.why}` : ''}`)
  if (run.state !== 'applied') texts.unshift(`the run is ${run.state}: kubectl secure resume ${plan} --finish | --undo`)
  if (texts.length > 0) sheet.field('Changes', capped(texts, 5), { colour: ['bold', 'red'] })
  if (run.irreversible.length > 0)
    sheet.field('Stays', 'what undo cannot bring back was said before (-o json lists it)')
  if (run.warnings.length > 0) sheet.field('Warnings', capped(run.warnings, 3), { colour: ['bold', 'yellow'] })
}

function liftTexts({ canLift }: IsolationReport): string[] {
  if (canLift.length === 0) return ['nobody was found who may']
  return capped(
    canLift.map(({ subject, how }) => `${subject}: ${how.join(', ')}`),
    most,
  )
}

function evidenceText({ directory, complete, missing }: NonNullable<IsolationReport['evidence']>): string {
  return complete ? directory : `${directory}, INCOMPLETE: ${capped(missing, 3).join('; ')}`
}
