import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { htmlPage, scriptOf } from '../../../src/terminal/html-page.ts'

const page = (title = 'title') =>
  [
    ...htmlPage({
      title,
      body: '<h1>x</h1>',
      data: { a: '</script>' },
      style: 'h1 { color: red }',
      script: '() => {}',
    }),
  ].join('')
const hash = (text: string | undefined) =>
  `'sha256-${createHash('sha256')
    .update(text ?? '')
    .digest('base64')}'`

test('the policy lets run and look what is in the page, and nothing else', () => {
  const html = page()
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1]?.split('; ')
  expect(policy).toEqual([
    `default-src 'none'`,
    `script-src ${hash(/<script>(.*)<\/script>/s.exec(html)?.[1])}`,
    `style-src ${hash(/<style>(.*)<\/style>/s.exec(html)?.[1])}`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types 'none'`,
  ])
  // Before anything that it is about.
  expect(html.indexOf('Content-Security-Policy')).toBeLessThan(html.indexOf('<style>'))
  expect(html).not.toMatch(/https?:|src=|href=|url\(|@import/)
})

test('title and data are escaped', () => {
  const html = page('<b>&"')
  expect(html).toContain('<title>&lt;b&gt;&amp;&quot;</title>')
  expect(html).toContain('{"a":"\\u003c/script\\u003e"}')
  expect(html.match(/<\/script>/g)).toHaveLength(2)
})

test('a script is a function with its helpers, whatever a bundler calls them', () => {
  const found: unknown[] = []
  const main = (document: unknown, data: unknown, helper: () => number) =>
    void (document as unknown[]).push(data, helper())
  // oxlint-disable-next-line typescript/no-implied-eval -- as the browser does with the page's own script
  const run = new Function(`return ${scriptOf(main, () => 7)}`)() as (document: unknown, data: unknown) => void
  run(found, 'data')
  expect(found).toEqual(['data', 7])
})
