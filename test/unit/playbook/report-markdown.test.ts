import fc from 'fast-check'
import { expect, test } from 'vitest'
import { reportMarkdown } from '../../../src/terminal/playbook-report-markdown.ts'
import { hostileText, rendered, tagsOf, textOf } from '../text/rendered.ts'
import { canary, plain, Stage } from './report-cases.ts'

const markdownOf = async (words = {}) => await reportMarkdown(await (await new Stage(words).write()).report())
const ours = /^\/?(?:h[123]|p|ul|li|table|thead|tbody|tr|th|td|strong|code|pre|blockquote)$/
const skeleton = (html: string) =>
  tagsOf(html).filter((tag) => /^(?:h[123]|ul|li|table|tr|th|td|pre|blockquote)$/.test(tag))

test('a report is what its skeleton is, whatever others wrote: no link, image, HTML, heading or cell is made of it', async () => {
  const known = skeleton(rendered(await markdownOf()))
  const text = hostileText.filter((one) => one !== '')
  await fc.assert(
    fc.asyncProperty(fc.record({ pod: text, why: text, label: text, message: text, what: text }), async (words) => {
      const html = rendered(await markdownOf(words))
      expect(tagsOf(html).filter((tag) => !ours.test(tag))).toEqual([])
      expect(skeleton(html)).toEqual(known)
    }),
    { numRuns: 15 },
  )
})

test('what a reader looks for is there', async () => {
  const markdown = await markdownOf()
  const text = textOf(rendered(markdown))
  for (const one of [
    'Incident report INC-42: A pod is not ours any more',
    'Contained, 22.0 s after the run began: step cutOne has the verdict ISOLATED',
    'Pod shop/web-0 (uid u-1)',
    'kubectl secure playbook undo aaaa-bbbb-cccc',
    'rbac-change: bound cluster-admin to sa:shop/web on web-admin from 198.51.100.4, done',
    '(it is what was applied)',
    'Does not come back: Pod shop/web-0: it comes back with another uid',
    '--digest',
    'https://attack.mitre.org/techniques/T1609/',
    'What went well?',
    'Hash of its last line',
  ])
    expect(text).toContain(one)
  expect(markdown).toContain('-  - kind: ServiceAccount')
  expect(markdown).not.toContain('CANARY')
  expect(canary).toContain('CANARY')
})

test('damage stands before all else', async () => {
  const stage = await new Stage(plain).write()
  const report = { ...(await stage.report()), damage: ['line 3 <b>is</b> not as it was'] }
  const [, first = ''] = (await reportMarkdown(report)).split('\n\n')
  expect(textOf(rendered(first)).trim()).toBe('⚠ Records are damaged: line 3 <b>is</b> not as it was')
})
