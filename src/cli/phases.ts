import { startProgress } from '../terminal/progress.ts'

/** Progress through phases: each is said as {@link startProgress} says it, in place of the one before. */
export function startPhases(): { enter: (what: string) => void; stop: () => void } {
  let stop = () => {}
  return {
    enter(what) {
      stop()
      stop = startProgress(what).stop
    },
    stop: () => stop(),
  }
}
