import type { RunEvent } from '../playbook/run/responder.ts'
import type { Stop } from '../playbook/stops.ts'
import { lookOf } from '../terminal/look.ts'
import { eventText } from '../terminal/playbook-run-text.ts'
import { startProgress } from '../terminal/progress.ts'

/** Says on standard error how a run goes, with the time since it began and how much is done; what takes long gets a spinner. */
export type Voice = {
  /** The run begins now: what was asked before it is none of its time. */
  begin(): void
  say(event: RunEvent): void
  /** Before anything else is written or asked. */
  hush(): void
}

const silent = new Set(['command', 'verify', 'get', 'notify'])

export function voiceSince(since: number, stops: readonly Stop[], doneBefore = 0): Voice {
  const titles = new Map(stops.map(({ key, step }) => [key, step.title ?? ('run' in step ? step.run : step.type)]))
  const titled = (event: RunEvent): RunEvent =>
    event.kind === 'step' ? { ...event, title: titles.get(event.step) ?? event.type } : event
  let begun = since
  let done = doneBefore
  let what = ''
  let stop = () => {}
  const wait = () => {
    if (what !== '') ({ stop } = startProgress(what))
  }
  return {
    begin() {
      begun = Date.now()
    },
    say(event) {
      stop()
      process.stderr.write(eventText(titled(event), { since: Date.now() - begun, done }, lookOf(process.stderr)))
      if (event.kind === 'step') what = silent.has(event.type) ? event.step : ''
      if (event.kind === 'done') {
        done += 1
        what = ''
      }
      wait()
    },
    hush() {
      stop()
      what = ''
    },
  }
}
