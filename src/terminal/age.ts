const units = { d: 86_400, h: 3600, m: 60, s: 1 }

/** How long ago, as kubectl shows ages (apimachinery, util/duration HumanDuration): two units where the second still matters. */
export function ageOf(when: string, now: Date): string {
  const seconds = Math.floor((now.getTime() - Date.parse(when)) / 1000)
  if (Number.isNaN(seconds)) return 'unknown'
  // Clocks of two machines differ a little.
  if (seconds < 0) return seconds < -60 ? 'in the future' : '0s'
  if (seconds < 120) return `${seconds}s`
  if (seconds < 600) return two(seconds, 'm', 's')
  if (seconds < 3 * units.h) return `${Math.floor(seconds / units.m)}m`
  if (seconds < 8 * units.h) return two(seconds, 'h', 'm')
  if (seconds < 2 * units.d) return `${Math.floor(seconds / units.h)}h`
  return seconds < 8 * units.d ? two(seconds, 'd', 'h') : `${Math.floor(seconds / units.d)}d`
}

function two(seconds: number, large: keyof typeof units, small: keyof typeof units): string {
  const rest = Math.floor((seconds % units[large]) / units[small])
  return `${Math.floor(seconds / units[large])}${large}${rest === 0 ? '' : `${rest}${small}`}`
}
