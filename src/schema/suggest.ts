/** The known word nearest to a misspelt one, or undefined where none is near: at most a third of its letters may differ. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: { word: string; distance: number } | undefined
  for (const candidate of known) {
    const most = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3))
    const distance = distanceOf(word.toLowerCase(), candidate.toLowerCase(), most)
    if (distance <= most && distance < (best?.distance ?? Infinity)) best = { word: candidate, distance }
  }
  return best?.word
}

// Levenshtein's, given up beyond `most`: a word of a file may be long.
function distanceOf(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= other.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    if (Math.min(...next) > most) return most + 1
    row = next
  }
  return row[other.length] ?? most + 1
}
