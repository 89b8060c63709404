import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { timelinePage } from '../../../src/terminal/timeline-page.ts'
import { neededForPages } from '../../browser/chromium.ts'
import { type Pages, startBrowser } from '../../browser/open.ts'
import { describeNeeding } from '../../cluster/suite.ts'
import { denied, incident, many, row, timeAt, timelineReport } from '../../unit/terminal/timeline-reports.ts'

// What would run, load or end something, were it ever taken for HTML; and what would be obeyed by the eye.
const hostile = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "'><svg/onload=alert(3)>",
  '<!--<script>',
  ']]>--></style></title></textarea>',
  '{{7*7}}${alert(4)}`javascript:alert(5)',
  '__proto__',
]
const second = 1_000_000

describeNeeding(neededForPages(), 'the page of a timeline, in a real browser', () => {
  let pages: Pages | undefined
  beforeAll(async () => void (pages = await startBrowser()))
  afterAll(() => pages?.close())
  const open: Pages['open'] = async (html, options) => {
    if (!pages) throw new Error('no browser')
    const opened = await pages.open(html, options)
    await drawn(opened.page)
    return opened
  }

  test.each(hostile)('%s stays text', async (text) => {
    const one = { by: text, as: text, from: text, what: text, namespace: text, name: text, source: text, routine: text }
    const outcome = { ...denied, why: text }
    const rows = [
      row(0, { ...one, outcome, questions: [text], attack: [text], at: [{ file: text, line: 7 }] }),
      row(second, { ...one, kind: 'event', claimed: true, time: text, until: text }),
    ]
    const gap = { what: text, why: text, hides: text }
    const { page, trouble } = await open(timelinePage(timelineReport(rows, { gaps: [gap], notes: [text] })))
    await page.locator('.group').last().click()
    for (const line of await page.locator('#table .time').all()) {
      await line.click()
      expect(await page.locator('#panel').innerText()).toContain(`Actor\n`)
      expect(await page.locator('#panel').innerText()).toContain(text)
      await page.keyboard.press('Escape')
    }
    for (const more of await page.locator('summary').all()) await more.click()
    const body = await page.locator('body').innerText()
    expect(body).toContain(`${text}: ${text}; hidden: ${text}`)
    expect(await page.locator('#table').innerText()).toContain(`user:${text} as user:${text}`)
    expect(await page.locator('#names').innerText()).toContain(`${text} (claimed)`)
    expect(await page.locator('script').count()).toBe(2)
    expect(await page.locator('img, iframe, svg, object, embed, link, base, form').count()).toBe(0)
    expect(trouble).toEqual([])
  })

  test('what an eye would obey is shown, and a name of a megabyte is cut', async () => {
    const rows = [row(0, { what: 'a\u202eb\u200bc\u2028d\u0000e' }), row(second, { by: 'x'.repeat(1_000_000) })]
    const { page, trouble } = await open(timelinePage(timelineReport(rows)))
    expect(await page.locator('#table').innerText()).toContain('a\\u{202e}b\\u{200b}c\\u{2028}d\\u{0}e')
    expect(await page.content()).not.toMatch(/[\u202e\u200b\u2028\0]/)
    await page.locator('#table .time').nth(1).click()
    expect(await page.locator('#panel').innerText()).toContain('more characters (-o json)')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(trouble).toEqual([])
  })

  test('by mouse: the wheel zooms at the pointer, dragging pans, the strip and Shift select', async () => {
    const { page, trouble } = await open(timelinePage(incident()))
    const all = await range(page)
    const lanes = await boxOf(page, '#lanes')
    const middle = { x: lanes.x + lanes.width * 0.6, y: lanes.y + 45 }
    await page.mouse.move(middle.x, middle.y)
    await page.mouse.wheel(0, -400)
    const zoomed = await changed(page, all)
    expect(zoomed.to - zoomed.from).toBeLessThan(all.to - all.from)
    expect(zoomed.from).toBeGreaterThan(all.from)
    expect(zoomed.to).toBeLessThan(all.to)

    await drag(page, { x: middle.x, y: middle.y }, { x: middle.x + 200, y: middle.y })
    const panned = await changed(page, zoomed)
    expect(panned.from).toBeLessThan(zoomed.from)
    expect(Math.abs(panned.to - panned.from - (zoomed.to - zoomed.from))).toBeLessThanOrEqual(2000)

    await page.mouse.wheel(200, 0)
    expect((await changed(page, panned)).from).toBeGreaterThan(panned.from)

    const strip = await boxOf(page, '#overview')
    await drag(
      page,
      { x: strip.x + strip.width * 0.6, y: strip.y + 9 },
      { x: strip.x + strip.width * 0.65, y: strip.y + 9 },
    )
    const picked = await changed(page, panned)
    expect(picked.to - picked.from).toBeLessThan((all.to - all.from) / 8)

    await page.keyboard.down('Shift')
    await drag(page, middle, { x: middle.x + 60, y: middle.y })
    await page.keyboard.up('Shift')
    const inner = await changed(page, picked)
    expect(inner.from).toBeGreaterThan(picked.from)
    expect(inner.to).toBeLessThan(picked.to)

    await page.getByText('Fit all').click()
    expect(await changed(page, inner)).toEqual(all)
    await page.getByText('Drag selects').click()
    await drag(page, middle, { x: middle.x + 60, y: middle.y })
    expect((await changed(page, all)).to).toBeLessThan(all.to)
    expect(trouble).toEqual([])
  })

  test('by two fingers, and by one', async () => {
    const { page, trouble } = await open(timelinePage(incident()), {
      hasTouch: true,
      viewport: { width: 390, height: 844 },
    })
    await page.locator('#chart').scrollIntoViewIfNeeded()
    const all = await range(page)
    const { x, y, width } = await boxOf(page, '#axis')
    const touch = await page.context().newCDPSession(page)
    const fingers = async (type: 'touchStart' | 'touchMove' | 'touchEnd', ...xs: number[]) => {
      await touch.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: xs.map((at, id) => ({ x: x + width * at, y: y + 60, id })),
      })
    }
    await fingers('touchStart', 0.45, 0.55)
    await fingers('touchMove', 0.3, 0.7)
    await fingers('touchMove', 0.2, 0.8)
    await fingers('touchEnd')
    const zoomed = await changed(page, all)
    expect(zoomed.to - zoomed.from).toBeLessThan((all.to - all.from) / 3)
    await fingers('touchStart', 0.5)
    await fingers('touchMove', 0.6)
    await fingers('touchMove', 0.8)
    await fingers('touchEnd')
    expect((await changed(page, zoomed)).from).toBeLessThan(zoomed.from)
    expect(trouble).toEqual([])
  })

  test('by keys alone: zoom, pan, from mark to mark, what is known of one, and back', async () => {
    const { page, trouble } = await open(timelinePage(incident()))
    await page.keyboard.press('/')
    expect(await page.evaluate('document.activeElement.id')).toBe('search')
    for (let presses = 0; presses < 30; presses += 1) {
      if (await page.evaluate(`document.activeElement.id === 'chart'`)) break
      await page.keyboard.press('Tab')
    }
    expect(await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`)).toBe('solid')
    const all = await range(page)
    await page.keyboard.press('+')
    const zoomed = await changed(page, all)
    expect(zoomed.to - zoomed.from).toBeLessThan(all.to - all.from)
    await page.keyboard.press('ArrowRight')
    const panned = await changed(page, zoomed)
    expect(panned.from).toBeGreaterThan(zoomed.from)
    await page.keyboard.press('ArrowLeft')
    expect(await changed(page, panned)).toEqual(zoomed)
    await page.keyboard.press('-')
    expect(await changed(page, zoomed)).toEqual(all)
    for (let presses = 0; presses < 6; presses += 1) await page.keyboard.press('+')
    await page.keyboard.press('0')
    await expect.poll(async () => await range(page)).toEqual(all)

    await page.keyboard.press('n')
    expect(await page.locator('#told').innerText()).toContain(
      '3 rows, the first: 2026-03-03 14:25:30.000000 · user:mallory@example.com',
    )
    await page.keyboard.press('ArrowDown')
    expect(await page.locator('#told').innerText()).toContain('(nobody)')
    await page.keyboard.press('Enter')
    expect(await page.locator('#panel').innerText()).toContain('198.51.100.4')
    expect(await page.evaluate('document.activeElement.id')).toBe('panel-title')
    await page.keyboard.press('Escape')
    expect(await page.locator('#panel').isVisible()).toBe(false)
    expect(await page.evaluate('document.activeElement.id')).toBe('chart')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    expect(await page.locator('#panel li').count()).toBe(3)
    expect(trouble).toEqual([])
  })

  test('a click on a mark opens its row, with all that is known of it; on a cluster, its rows', async () => {
    const rows = [
      row(0),
      row(60 * second, {
        by: 'mallory',
        time: timeAt(62 * second),
        uncertaintyMs: 3000,
        orderSure: false,
        source: 'node/a',
        from: '203.0.113.9',
        what: 'exec: sh',
        namespace: 'payments',
        name: 'api-0',
        outcome: { ...denied, why: 'no RBAC policy matched' },
        until: timeAt(70 * second),
        questions: ['exec'],
        attack: ['T1609'],
        at: [{ file: 'audit-1.log', line: 4711 }],
      }),
      row(61 * second, { by: 'bob', name: 'one' }),
      row(61 * second, { by: 'bob', name: 'two' }),
      row(120 * second),
    ]
    const { page, trouble } = await open(timelinePage(timelineReport(rows)))
    await clickMark(page, 'user:mallory', 0.5)
    const panel = await page.locator('#panel').innerText()
    for (const known of [
      'exec: sh',
      '2026-03-03T14:01:00.000000Z',
      '2026-03-03T14:01:02.000000Z',
      'node/a, 2 s ahead ± 3 s',
      '2026-03-03T14:01:10.000000Z',
      'user:mallory',
      '203.0.113.9',
      'payments/api-0',
      'denied 403',
      'no RBAC policy matched',
      'T1609',
      'audit-1.log:4711',
      'may have come after',
      '1772546460000000 µs',
    ])
      expect(panel).toContain(known)
    expect(await page.locator('#table tr.chosen').innerText()).toContain('user:mallory')
    await page.getByText('Next ›').click()
    expect(await page.locator('#panel').innerText()).toContain('one')
    await page.keyboard.press('Escape')
    await clickMark(page, 'user:bob', 61 / 120)
    expect(await page.locator('#panel li').allInnerTexts()).toEqual([
      expect.stringContaining('one'),
      expect.stringContaining('two'),
    ])
    await page.locator('#panel li button').nth(1).click()
    expect(await page.locator('#panel').innerText()).toContain('two')
    expect(trouble).toEqual([])
  })

  test('words, weights and kinds narrow drawing and table; what fits nothing says so', async () => {
    const { page, trouble } = await open(timelinePage(incident()))
    await page.locator('#search').fill('mallory t1098')
    await expect.poll(async () => await count(page)).toMatch(/^1 of 1,100 /)
    expect(await page.locator('#names').innerText()).toContain('mallory')
    expect(await page.locator('#names').innerText()).not.toContain('payments/api')
    await page.locator('#search').fill('no such thing')
    await expect.poll(async () => await page.locator('#told').innerText()).toContain('No row')
    await page.locator('#search').focus()
    await page.keyboard.press('Escape')
    await expect.poll(async () => await count(page)).toMatch(/^1,099 /)
    for (const box of ['everything else', 'routine', 'grave finding', 'refused or failed'])
      await page.getByLabel(box).uncheck()
    expect(await count(page)).toMatch(/^3 of /)
    await page.getByLabel('our change').uncheck()
    expect(await count(page)).toMatch(/^2 of /)
    await page.getByLabel('made by kubectl secure').uncheck()
    expect(await page.locator('#table tbody tr').count()).toBe(1)
    expect(trouble).toEqual([])
  })

  test('the table has what is in sight, by time either way, and what has no time at its end', async () => {
    const { page } = await open(
      timelinePage(timelineReport([row(0), row(60 * second), row(61 * second), row(0, { time: '', corrected: '' })])),
    )
    const times = async () => (await page.locator('#table .time').allInnerTexts()).map((text) => text.slice(14, 19))
    expect(await times()).toEqual(['00:00', '01:00', '01:01', ''])
    await page.getByText('Time (UTC)').first().click()
    expect(await times()).toEqual(['01:01', '01:00', '00:00', ''])
    expect(await page.locator('#table th').first().getAttribute('aria-sort')).toBe('descending')
    await page.locator('#chart').focus()
    await page.keyboard.press('+')
    await page.keyboard.press('Shift+ArrowRight')
    await expect.poll(times).toEqual(['01:01', '01:00', ''])
    expect(await count(page)).toBe('2 of 4 rows are in sight, and 1 without a time, at the end of the table')
  })

  test('groups open and close; the control plane is closed at first', async () => {
    const { page } = await open(timelinePage(incident()))
    const group = page.getByRole('button', { name: /Control plane/ })
    expect(await group.getAttribute('aria-expanded')).toBe('false')
    expect(await page.locator('#names').innerText()).not.toContain('kube-scheduler')
    await group.click()
    await expect.poll(async () => await page.locator('#names').innerText()).toContain('user:system:kube-scheduler')
    expect(await group.getAttribute('aria-expanded')).toBe('true')
  })

  test('200,000 rows: all is drawn, found, zoomed and listed', async () => {
    const { page, trouble } = await open(timelinePage(many(200_000)))
    expect(await count(page)).toBe('200,000 of 200,000 rows are in sight')
    expect(await page.locator('#table tbody tr').count()).toBeLessThanOrEqual(300)
    expect(await page.locator('#names .actor').count()).toBeLessThan(60)
    const all = await range(page)
    await page.locator('#chart').focus()
    for (let presses = 0; presses < 10; presses += 1) await page.keyboard.press('+')
    const zoomed = await changed(page, all)
    expect(zoomed.to - zoomed.from).toBeLessThan((all.to - all.from) / 900)
    await expect.poll(async () => await count(page)).toMatch(/^\d\d\d of /)
    await page.keyboard.press('0')
    await page.locator('#search').fill('object-49999')
    await expect.poll(async () => await count(page)).toBe('4 of 200,000 rows are in sight')
    await page.locator('#table .time').first().click()
    expect(await page.locator('#panel').innerText()).toContain('audit.log:99999')
    await page.locator('#search').fill('')
    await expect.poll(async () => await count(page)).toBe('200,000 of 200,000 rows are in sight')
    await page.evaluate(`document.getElementById('scroll').scrollTo(0, 5000)`)
    await expect.poll(async () => await page.locator('#names .actor').first().innerText()).not.toContain('user-0@')
    const before = await page.locator('#table tbody tr').count()
    await page.locator('#more').scrollIntoViewIfNeeded()
    await expect.poll(async () => await page.locator('#table tbody tr').count()).toBeGreaterThan(before)
    expect(trouble).toEqual([])
  })

  const burst = Array.from({ length: 1000 }, (_, index) => row(200 * 86_400 * second + index * 1000, { by: 'burst' }))
  const ends = [row(0), row(365 * 86_400 * second)]
  test.each([
    ['no row', [], '0 of 0 '],
    ['one row', [row(0)], '1 of 1 '],
    ['rows at one instant', Array.from({ length: 500 }, (_, at) => row(0, { name: `n${at}` })), '500 of 500 '],
    ['rows without a time alone', [row(0, { time: '', corrected: 'soon' })], '0 of 1 rows are in sight, and 1 without'],
    ['a burst of a second in a year', [...ends, ...burst], '1,002 of 1,002 '],
    ['a row of the year 9999', [row(0), row(0, { corrected: '9999-12-31T23:59:59.999999Z' })], '2 of 2 '],
  ])('%s', async (_, rows, shown) => {
    const { page, trouble } = await open(timelinePage(timelineReport(rows)))
    expect(await count(page)).toContain(shown)
    for (const line of (await page.locator('#table .time').all()).slice(0, 1)) await line.click()
    expect(await page.locator('#panel').isVisible()).toBe(rows.length > 0)
    for (const key of ['+', '+', 'ArrowLeft', 'n', 'Enter', '0']) await page.locator('#chart').press(key)
    expect(trouble).toEqual([])
  })

  test('light and dark follow the system, nothing sticks out on a narrow screen, and paper is light', async () => {
    const looks = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) => {
        const { page, trouble } = await open(timelinePage(incident()), {
          colorScheme,
          viewport: { width: 390, height: 844 },
        })
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
        await page.locator('#table .time').first().click()
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
        const screen = await page.evaluate('document.getElementById("lanes").toDataURL()')
        const paper = await page.evaluate(
          `dispatchEvent(new Event('beforeprint')); document.getElementById('lanes').toDataURL()`,
        )
        const after = await page.evaluate(
          `dispatchEvent(new Event('afterprint')); document.getElementById('lanes').toDataURL()`,
        )
        expect(after).toBe(screen)
        expect(trouble).toEqual([])
        return { screen, paper }
      }),
    )
    expect(looks[0]?.screen).not.toBe(looks[1]?.screen)
    expect(looks[0]?.paper).toBe(looks[1]?.paper)
  })
})

async function drawn(page: Page): Promise<void> {
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))')
}

const count = async (page: Page) => await page.locator('#count').innerText()

/** What is looked at, in milliseconds since 1970. */
async function range(page: Page): Promise<{ from: number; to: number }> {
  const text = await page.locator('#range').innerText()
  const [from = '', to = ''] = text.replace(/ UTC.*/, '').split(' to ')
  return { from: Date.parse(`${from}Z`), to: Date.parse(`${to}Z`) }
}

/** What is looked at once it is no longer this. */
async function changed(page: Page, before: { from: number; to: number }): Promise<{ from: number; to: number }> {
  await expect.poll(async () => await range(page)).not.toEqual(before)
  await drawn(page)
  return await range(page)
}

async function boxOf(page: Page, selector: string): Promise<{ x: number; y: number; width: number; height: number }> {
  await page.locator(selector).scrollIntoViewIfNeeded()
  const box = await page.locator(selector).boundingBox()
  if (!box) throw new Error(`no ${selector}`)
  return box
}

async function drag(page: Page, from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y)
  await page.mouse.down()
  await page.mouse.move((from.x + to.x) / 2, to.y)
  await page.mouse.move(to.x, to.y)
  await page.mouse.up()
}

/** Clicks what is drawn in a lane at a part of the time between the first and the last row, around which 4 % are left free. */
async function clickMark(page: Page, lane: string, part: number): Promise<void> {
  const lanes = await boxOf(page, '#lanes')
  const name = await page.locator('.actor', { hasText: lane }).boundingBox()
  if (!name) throw new Error(`no lane ${lane}`)
  const left = name.x + name.width
  const x = left + (lanes.x + lanes.width - left) * ((part + 0.04) / 1.08)
  await page.mouse.click(x, name.y + name.height / 2)
  await drawn(page)
}
