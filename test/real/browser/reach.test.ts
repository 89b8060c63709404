import { afterAll, beforeAll, expect, test } from 'vitest'
import { worldOf } from '../../../src/network/decode-world.ts'
import { diffReach } from '../../../src/network/diff-reach.ts'
import { networkOf } from '../../../src/network/network.ts'
import { reach } from '../../../src/network/reach.ts'
import type { ReachReport } from '../../../src/network/reach-report.ts'
import { reachHtml } from '../../../src/terminal/reach-html.ts'
import { neededForPages } from '../../browser/chromium.ts'
import { type Pages, startBrowser } from '../../browser/open.ts'
import { folder, secure } from '../../cli/run.ts'
import { describeNeeding } from '../../cluster/suite.ts'
import { cast, networkPolicy, pod } from '../../unit/network/make.ts'

const isolateWeb = networkPolicy('a', {
  podSelector: { matchLabels: { app: 'web' } },
  ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 8080 }] }],
})
const network = (...objects: object[]) => networkOf(worldOf([...cast, ...objects], { enforcer: 'conformant' }))
const report = reach(network(isolateWeb), {})

// What would run, load or end something, were it ever taken for HTML; and what would be obeyed by the eye.
const hostile = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "'><svg/onload=alert(3)>",
  '<!--<script>',
  ']]>--></style></title></textarea>',
  '{{7*7}}${alert(4)}`javascript:alert(5)',
  '<iframe src="https://example.com/">&lt;b&gt;&amp;',
]
const eyes = 'a\u202eb\u200bc\u2028d\u0000e'

function hostileReport(text: string): ReachReport {
  const made = reach(
    network(pod(`a/x${text.replaceAll('/', '∕')}`, '10.0.0.9'), networkPolicy('a', { podSelector: {} }, `deny${text}`)),
    {},
  )
  return {
    ...made,
    query: { from: { kind: 'namespace', namespace: text } },
    complete: false,
    gaps: [{ what: text, why: text, hides: text }],
    notes: [text],
    enforcement: { enforced: 'partly', evidence: [text], perNode: [] },
  }
}

/** As many groups as a large cluster has; every pair has an answer of its own. */
function largeReport(groups: number): ReachReport {
  const ids = Array.from({ length: groups }, (_, id) => id)
  const all = (['TCP', 'UDP', 'SCTP'] as const).map((protocol) => ({ protocol, ports: [{ from: 1, to: 65535 }] }))
  return {
    ...report,
    groups: ids.map((id) => ({
      id,
      kind: 'pod',
      members: Array.from({ length: 24 }, (_, pods) => `pod ns-${id}/app-${id}-${pods}`),
      ranges: [],
    })),
    rows: ids.flatMap((from) =>
      ids.map((to) => ({
        from,
        to: [to],
        connections: [
          { verdict: (from + to) % 3 ? 'denied' : 'allowed', traffic: all, by: [], reason: `${from} ${to}` },
        ],
      })),
    ),
  }
}

describeNeeding(neededForPages(), 'the page of reach, in a real browser', () => {
  let pages: Pages | undefined
  beforeAll(async () => void (pages = await startBrowser()))
  afterAll(() => pages?.close())
  const open: Pages['open'] = async (html, options) => {
    if (!pages) throw new Error('no browser')
    return await pages.open(html, options)
  }

  test.each(hostile)('%s stays text', async (text) => {
    const { page, trouble } = await open(reachHtml(hostileReport(text)))
    // Everything is opened that could be, so that everything is made.
    for (const more of await page.locator('summary').all()) await more.click()
    const body = await page.locator('body').innerText()
    expect(body).toContain(`deny${text}`)
    expect(body).toContain(`${text}: ${text}; hidden: ${text}`)
    expect(await page.locator('#table').innerText()).toContain(`x${text.replaceAll('/', '∕')}`)
    expect(await page.locator('script').count()).toBe(2)
    expect(await page.locator('img, iframe, svg, object, embed, link, base, form').count()).toBe(0)
    expect(trouble).toEqual([])
  })

  test('what an eye would obey is shown', async () => {
    const { page } = await open(reachHtml(hostileReport(eyes)))
    const body = await page.locator('body').innerText()
    expect(body).toContain('denya\\u{202e}b\\u{200b}c\\u{2028}d\\u{0}e')
    expect(await page.content()).not.toMatch(/[\u202e\u200b\u2028\0]/)
  })

  test('the page may neither run, nor fetch, nor make HTML of strings', async () => {
    const { page, trouble } = await open(reachHtml(report))
    expect(trouble).toEqual([])
    const blocked = (code: string) =>
      page.evaluate(`(async () => { try { ${code}; return 'done' } catch (error) { return error.name } })()`)
    expect(await blocked(`document.body.innerHTML = '<b>x</b>'`)).toBe('TypeError')
    expect(await blocked(`await fetch('https://example.com/')`)).toBe('TypeError')
    expect(await blocked(`document.body.setAttribute('onclick', 'alert(1)')`)).toBe('TypeError')
    expect(
      await blocked(`document.body.append(Object.assign(document.createElement('script'), { text: 'alert(1)' }))`),
    ).toBe('TypeError')
  })

  test('by keys alone: from the grid to the connections of one cell, and back', async () => {
    const { page, trouble } = await open(reachHtml(report))
    const all = await page.locator('#count').innerText()
    await page.keyboard.press('/')
    expect(await page.evaluate('document.activeElement.id')).toBe('search')
    for (let presses = 0; presses < 8; presses += 1) {
      if (await page.evaluate(`document.activeElement.classList.contains('cell')`)) break
      await page.keyboard.press('Tab')
    }
    const first = await page.evaluate('document.activeElement.title')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    const cell = String(await page.evaluate('document.activeElement.title'))
    expect(cell).not.toBe(first)
    await page.keyboard.press('Enter')
    const ends = cell.slice(0, cell.lastIndexOf(': '))
    expect(await page.locator('#picked').innerText()).toBe(`✕ only ${ends}`)
    const [from = ''] = ends.split(' → ')
    for (const line of await page.locator('#table tbody tr').all())
      expect(await line.locator('td').nth(1).innerText()).toContain(from)
    await page.keyboard.press('Escape')
    expect(await page.locator('#count').innerText()).toBe(all)
    expect(trouble).toEqual([])
  })

  test('words and verdicts narrow both table and grid', async () => {
    const { page } = await open(reachHtml(report))
    await page.locator('#search').fill('a/db 8080')
    await page
      .locator('#count')
      .getByText(/^\d connections?$/)
      .waitFor()
    const rows = await page.locator('#table tbody tr').allInnerTexts()
    expect(rows.length).toBeGreaterThan(0)
    for (const row of rows) expect(row).toMatch(/8080/)
    await page.locator('#search').fill('')
    await page.getByLabel('denied').uncheck()
    await page.getByLabel('unknown').uncheck()
    await expect.poll(async () => await page.locator('#table').innerText()).not.toContain('denied')
    expect(await page.locator('.cell.bad').count()).toBe(0)
    expect(await page.locator('.cell.good').count()).toBeGreaterThan(0)
  })

  test('a large report: the drawing is cut off and says so, the table has everything and makes it as it is needed', async () => {
    const { page, trouble } = await open(reachHtml(largeReport(420)))
    expect(await page.locator('#count').innerText()).toBe('176,400 connections')
    expect(await page.locator('#cut').innerText()).toMatch(/^760 more groups are not drawn/)
    expect(await page.locator('.matrix tr').count()).toBe(41)
    const lines = page.locator('#table tbody tr')
    expect(await lines.count()).toBeLessThanOrEqual(400)
    const before = await lines.count()
    await page.locator('#more').scrollIntoViewIfNeeded()
    await expect.poll(async () => await lines.count()).toBeGreaterThan(before)
    await page.locator('#search').fill('app-419-23')
    await expect.poll(async () => await page.locator('#count').innerText()).toBe('839 connections')
    expect(trouble).toEqual([])
  })

  test('light and dark follow the system, and nothing sticks out on a narrow screen', async () => {
    const colours = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) => {
        const { page } = await open(reachHtml(hostileReport(hostile[1] ?? '')), {
          colorScheme,
          viewport: { width: 360, height: 800 },
        })
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
        return await page.evaluate('getComputedStyle(document.body).backgroundColor')
      }),
    )
    expect(colours[0]).not.toBe(colours[1])
  })

  test('as the built tool prints it', async () => {
    const world = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [...cast, isolateWeb] })
    const { stdout, code } = await secure(['reach', '-A', '-o', 'html', '--snapshot', folder({ 'world.json': world })])
    expect(code).toBe(0)
    const { page, trouble } = await open([stdout])
    expect(await page.locator('#table').innerText()).toContain('NetworkPolicy/a/policy ingress[0]: allow')
    expect(await page.locator('.cell').count()).toBeGreaterThan(10)
    expect(trouble).toEqual([])
  })

  test('what a change opens and cuts, on the same page', async () => {
    const deny = networkPolicy('b', { podSelector: {}, policyTypes: ['Ingress'] }, `deny${hostile[1]}`)
    const { page, trouble } = await open(reachHtml(diffReach(network(), network(deny))))
    expect(await page.locator('h1').innerText()).toBe('What the change opens and cuts')
    expect(await page.locator('#table').innerText()).toContain(
      `after: NetworkPolicy/b/deny${hostile[1]} isolates ingress: deny`,
    )
    expect(await page.locator('.cell.good').count()).toBeGreaterThan(0)
    expect(trouble).toEqual([])
  })
})
