import { afterAll, beforeAll, expect, test } from 'vitest'
import { reportHtml } from '../../../src/terminal/playbook-report-html.ts'
import { neededForPages } from '../../browser/chromium.ts'
import { type Pages, startBrowser } from '../../browser/open.ts'
import { describeNeeding } from '../../cluster/suite.ts'
import { Stage, type Words } from '../../unit/playbook/report-cases.ts'

// What would run, load or end something, were it ever taken for HTML; and what would be obeyed by the eye.
const hostile = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "'><svg/onload=alert(3)>",
  '<!--<script>',
  '</pre></span></td></table></style></title></textarea>',
  '<a href="https://203.0.113.9/">click</a>',
  '{{7*7}}${alert(4)}`javascript:alert(5)',
  '<style>*{display:none}</style><link rel=stylesheet href=https://203.0.113.9/x.css>',
]

describeNeeding(neededForPages(), 'the page of an incident report, in a real browser', () => {
  let pages: Pages | undefined
  beforeAll(async () => void (pages = await startBrowser()))
  afterAll(() => pages?.close())
  const open = async (stage: Stage, options?: Parameters<Pages['open']>[1]) => {
    if (!pages) throw new Error('no browser')
    return await pages.open(await reportHtml(await (await stage.write()).report()), options)
  }

  test.each(hostile)('%s stays text', async (text) => {
    const words: Words = {
      pod: text,
      why: text,
      by: 'system:serviceaccount:shop:web',
      what: text,
      label: text,
      message: text,
    }
    const { page, trouble } = await open(new Stage(words, { told: false, complete: false, dead: false }))
    const body = await page.locator('body').innerText()
    expect(body).toContain(`Pod shop/${text} (uid u-1)`)
    expect(body).toContain(`channel incident was not told\n${text}`)
    expect(await page.locator('.intruder.act').first().innerText()).toContain(`${text} on web-admin`)
    expect(await page.locator('.diff').first().innerText()).toContain(text)
    expect(
      await page.locator('script, img, iframe, svg, object, embed, link, base, form, style:not(head > style)').count(),
    ).toBe(0)
    expect(await page.locator('a:not([href^="#"])').count()).toBe(0)
    expect(trouble).toEqual([])
  })

  test('what an eye would obey is shown', async () => {
    const { page } = await open(new Stage({ pod: 'a\u202eb\u200bc\0d' }))
    expect(await page.locator('body').innerText()).toContain('Pod shop/a\\u{202e}b\\u{200b}c\\u{0}d')
    expect(await page.content()).not.toMatch(/[\u202e\u200b\0]/)
  })

  test('nothing runs in it, and its policy lets nothing run or load', async () => {
    const { page, trouble } = await open(new Stage())
    const policy = await page.locator('meta[http-equiv=Content-Security-Policy]').getAttribute('content')
    expect(policy).toContain(`default-src 'none'`)
    expect(policy).not.toContain('script-src')
    expect(await page.locator('script').count()).toBe(0)
    // The rule that the browser was given, and not only what stands there.
    const ran = await page.evaluate(
      `(() => { const one = document.createElement('img'); one.src = 'https://203.0.113.9/x.png'; document.body.append(one) })()`,
    )
    expect(ran).toBeUndefined()
    await expect.poll(() => trouble.join()).toContain('Content Security Policy')
  })

  test('by keys alone: to a section, and a lane away and back', async () => {
    const { page, trouble } = await open(new Stage())
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Summary')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).not.toBe('none')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.querySelector(":target h2").textContent')).toBe('Summary')
    await page.locator('#show-responder').focus()
    const acts = async (lane: string) => await page.locator(`.lanes .${lane}.act:visible`).count()
    const before = await acts('responder')
    expect(before).toBeGreaterThan(10)
    await page.keyboard.press('Space')
    expect(await acts('responder')).toBe(0)
    expect(await acts('intruder')).toBe(3)
    expect(await page.locator('.lanes th.responder').isVisible()).toBe(false)
    await page.keyboard.press('Space')
    expect(await acts('responder')).toBe(before)
    expect(trouble).toEqual([])
  })

  test.each([
    ['a phone', { viewport: { width: 390, height: 844 } }],
    ['a screen', { viewport: { width: 1280, height: 800 } }],
  ])('on %s nothing is cut off at the side', async (_, options) => {
    const { page } = await open(new Stage({ pod: 'x'.repeat(253), message: 'y'.repeat(3000) }), options)
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(await page.locator('.lanes .intruder.act').first().innerText()).toContain('web-admin')
  })

  test('on paper: light, all of it, without what is for the hand alone', async () => {
    const { page } = await open(new Stage(), { colorScheme: 'dark' })
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)')
    expect(await page.locator('nav').isVisible()).toBe(false)
    expect(await page.locator('.shown').isVisible()).toBe(false)
    expect(
      await page.evaluate(
        `[...document.querySelectorAll('.diff')].every((one) => one.scrollHeight <= one.clientHeight + 1)`,
      ),
    ).toBe(true)
    expect(await page.locator('.ask .line').first().isVisible()).toBe(true)
    // A4 between its margins.
    await page.setViewportSize({ width: 718, height: 1050 })
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000)
  })
})
