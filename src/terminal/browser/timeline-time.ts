/** Runs in the browser and here: how times are written. All are in microseconds since 1970, and UTC. */
export function timelineTime() {
  const second = 1_000_000
  const minute = 60 * second
  const day = 24 * 60 * minute

  /** RFC 3339 with `digits` of the fraction. */
  function iso(micros: number, digits = 6): string {
    const ms = Math.floor(micros / 1000)
    const date = new Date(ms)
    if (Number.isNaN(date.getTime())) return '?'
    const rest = String(Math.floor(micros - ms * 1000)).padStart(3, '0')
    const [whole = '', fraction = ''] = date.toISOString().slice(0, -1).split('.')
    return `${whole}${digits > 0 ? `.${`${fraction}${rest}`.slice(0, digits)}` : ''}Z`
  }

  function duration(micros: number): string {
    const units: [string, number][] = [
      ['days', day],
      ['h', 60 * minute],
      ['min', minute],
      ['s', second],
      ['ms', 1000],
    ]
    const size = Math.abs(micros)
    const [name, unit] = units.find(([, unit]) => size >= unit) ?? ['µs', 1]
    const amount = micros / unit
    return `${Math.abs(amount) >= 100 || unit === 1 ? Math.round(amount) : Number(amount.toPrecision(3))} ${name}`
  }

  /** As exact as a stretch of time of this length needs it. */
  function near(micros: number, span: number): string {
    const digits = span < second / 10 ? 6 : span < minute ? 3 : 0
    const text = iso(micros, digits).replace('T', ' ').replace('Z', '')
    return span > 2 * day ? text.slice(0, 16) : text
  }

  /** What stands under a tick of an axis whose ticks are this far apart. */
  function tick(micros: number, step: number): string {
    const text = iso(micros)
    if (step >= 365 * day) return text.slice(0, 4)
    if (step >= 28 * day) return text.slice(0, 7)
    if (step >= day || text.includes('T00:00:00.000000')) return text.slice(0, 10)
    const length = step >= minute ? 16 : step >= second ? 19 : step >= 1000 ? 23 : 26
    return text.slice(11, length)
  }

  return { iso, duration, near, tick }
}
