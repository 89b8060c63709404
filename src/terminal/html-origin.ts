import type { Snapshot } from '../snapshot/snapshot.ts'
import { escapeHtml } from '../text/html.ts'
import { timeText } from './playbook-report-document.ts'

/** What a page is of, and when it was made: who is handed one knows neither otherwise. `made` as in `2026-11-21T03:00:12Z`. */
export type PageOrigin = { source: Snapshot['source']; made: string }

/** That as a line of the page's head. */
export function htmlOrigin({ source, made }: PageOrigin): string {
  return `<p>${sourceHtml(source)}. Page made ${timeText(made)}.</p>`
}

function sourceHtml(source: Snapshot['source']): string {
  const name = (text: string) => `<span class="name">${escapeHtml(text)}</span>`
  switch (source.kind) {
    case 'cluster':
      return `Cluster ${name(source.server)}`
    case 'files':
      return `Files ${source.paths.map(name).join(', ')}`
    case 'bundle':
      return `Evidence ${name(source.path)}, taken ${timeText(source.taken)}`
  }
}
