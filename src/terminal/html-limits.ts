import type { Gap } from '../snapshot/snapshot.ts'
import { escapeHtml } from '../text/html.ts'

const mostGaps = 10

/** What is not known, and notes, as HTML. It stands first on a page: whoever reads no further must not take the rest for the whole. */
export function htmlLimits({ complete, gaps, notes }: { complete: boolean; gaps: Gap[]; notes: string[] }): string {
  const parts: string[] = []
  if (!complete) {
    const items = gaps.map(
      ({ what, why, hides }) => `<li>${escapeHtml(what)}: ${escapeHtml(why)}; hidden: ${escapeHtml(hides)}</li>`,
    )
    const rest = items.splice(mostGaps)
    const more =
      rest.length > 0 ? `<details><summary>${rest.length} more</summary><ul>${rest.join('')}</ul></details>` : ''
    parts.push(
      `<div class="warn"><strong>Incomplete:</strong> something could not be read.<ul>${items.join('')}</ul>${more}</div>`,
    )
  }
  if (notes.length > 0) {
    parts.push(`<div class="note"><ul>${notes.map((note) => `<li>${escapeHtml(note)}</li>`).join('')}</ul></div>`)
  }
  return parts.join('\n')
}
