import { expect, test } from 'vitest'
import type { RisksReport } from '../../../src/risks/finding.ts'
import { htmlOrigin } from '../../../src/terminal/html-origin.ts'
import { pathsHtml } from '../../../src/terminal/paths-html.ts'
import { risksHtml } from '../../../src/terminal/risks-html.ts'
import { apiVersion } from '../../../src/snapshot/snapshot.ts'
import { incident } from './paths-reports.ts'

const made = '2026-11-21T03:00:12.345Z'
const head = '<p>Cluster <span class="name">https://a&lt;b&gt;</span>. Page made 2026-11-21 03:00:12 UTC.</p>'
const origin = { source: { kind: 'cluster' as const, server: 'https://a<b>' }, made }

test('the pages of paths and of risks say of which cluster they are, and when they were made', () => {
  expect([...pathsHtml(incident(), origin)].join('')).toContain(head)
  const nothing: RisksReport = {
    apiVersion,
    kind: 'RisksReport',
    query: {},
    complete: true,
    gaps: [],
    notes: [],
    findings: [],
  }
  expect([...risksHtml(nothing, origin)].join('')).toContain(head)
})

test('of files it says which, of evidence also when it was taken; all is escaped', () => {
  expect(htmlOrigin({ source: { kind: 'files', paths: ['a&b', 'c\u202e'] }, made })).toBe(
    '<p>Files <span class="name">a&amp;b</span>, <span class="name">c\\u{202e}</span>. Page made 2026-11-21 03:00:12 UTC.</p>',
  )
  expect(htmlOrigin({ source: { kind: 'bundle', path: '"x"', taken: '2026-11-20T01:02:03Z' }, made })).toContain(
    'Evidence <span class="name">&quot;x&quot;</span>, taken 2026-11-20 01:02:03 UTC.',
  )
})
