/** What a collection has done so far, for its progress. */
export type Tally = { planned: number; done: number; bytes: number; failed: number; since: number; now: string }

export function newTally(): Tally {
  return { planned: 0, done: 0, bytes: 0, failed: 0, since: performance.now(), now: '' }
}

/** In a line: where it is, counts, bytes, gaps, and the time left as far as what is planned tells. */
export function tallyText({ planned, done, bytes, failed, since, now }: Tally): string {
  const seconds = (performance.now() - since) / 1000
  const left = done > 0 && planned > done ? (seconds / done) * (planned - done) : undefined
  const parts = [
    now,
    `${done}/${planned}`,
    sizeText(bytes),
    ...(failed > 0 ? [`${failed} ${failed === 1 ? 'gap' : 'gaps'}`] : []),
    ...(left !== undefined ? [`about ${timeText(left)} left`] : []),
  ]
  return parts.join(', ')
}

export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  const unit = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  const size = bytes / 1024 ** unit
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}

function timeText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`
}
