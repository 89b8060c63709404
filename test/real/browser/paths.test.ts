import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PathsReport } from '../../../src/attack/report.ts'
import { pathsHtml as html } from '../../../src/terminal/paths-html.ts'
import { neededForPages } from '../../browser/chromium.ts'
import { type Pages, startBrowser } from '../../browser/open.ts'
import { example, secure } from '../../cli/run.ts'
import { describeNeeding } from '../../cluster/suite.ts'
import { grantOf, holding, hopOf, incident, manyPaths, pathsReport } from '../../unit/terminal/paths-reports.ts'

const pathsHtml = (report: PathsReport) =>
  html(report, { source: { kind: 'cluster', server: 'https://x' }, made: '2026-11-21T03:00:12Z' })

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
const eyes = 'a\u202eb\u200bc\u2028d\u0000e'
// Machines that tests share are slow at times.
const patient = { timeout: 30_000 }

/** A report in which everything is called so. */
function hostileReport(text: string): PathsReport {
  const [from, to] = [holding(`user:${text}`), holding(`secret:${text}/${text}`, 'secret')]
  const target = { kind: 'secret', namespace: text, name: text } as const
  const fact = { kind: text, namespace: text, name: text, field: text, says: text }
  const subjectMatch = { kind: 'User', name: text } as const
  const rule = {
    index: 0,
    verbs: [text],
    apiGroups: [text],
    resources: [text],
    resourceNames: [text],
    nonResourceURLs: [],
  }
  const grant = grantOf(text, { subjectMatch, rule, aggregatedFrom: [text], roleRef: { kind: 'Role', name: text } })
  const more = { title: text, groups: [text], grants: [grant], state: [fact], waits: text, unsure: text }
  const hop = hopOf(from, to, more)
  const path = { from, to: target, hops: [hop] }
  const removed = { grant, subject: subjectMatch, command: `kubectl ${text}`, breaks: 1 }
  return pathsReport([path], {
    query: { from: [subjectMatch], to: [target] },
    complete: false,
    gaps: [{ what: text, why: text, hides: text }],
    notes: [text],
    more: [{ to: target, from, count: 3 }],
    cuts: [{ to: target, remove: [removed], smallest: true, uncuttable: [path] }],
  })
}

describeNeeding(neededForPages(), 'the page of paths, in a real browser', () => {
  let pages: Pages | undefined
  beforeAll(async () => void (pages = await startBrowser()))
  afterAll(() => pages?.close())
  const open: Pages['open'] = async (html, options) => {
    if (!pages) throw new Error('no browser')
    return await pages.open(html, options)
  }

  test('what is drawn is what the report has, and the list has each path', async () => {
    const { page, trouble } = await open(pathsHtml(incident()))
    expect((await page.locator('.card .name').allInnerTexts()).sort()).toEqual([
      'admin',
      'node:worker',
      'sa:shop/web',
      'user:alice',
      'user:bob',
    ])
    const rules = ['bind', 'node-control-plane', 'pod-create', 'pod-escape', 'sa-token']
    expect((await page.locator('.pill .rule').allInnerTexts()).sort()).toEqual(rules)
    // One to each move and one from it.
    expect(await page.locator('.line').count()).toBe(10)
    expect(await page.locator('.pill.dashed').allInnerTexts()).toEqual(['sa-token\nwaits · not sure'])
    expect(await page.locator('.pill.cut').innerText()).toContain('✂ cut')
    expect(await page.locator('.path').allInnerTexts()).toEqual([
      '1. user:alice → admin\nbind · 1 hop',
      '2. user:alice → admin\npod-create → pod-escape → node-control-plane · 3 hops · ✂ cut',
      '3. user:bob → admin\nsa-token → pod-escape → node-control-plane · 3 hops · waits · not sure',
    ])
    expect(await page.locator('#cuts').innerText()).toContain('user:alice in RoleBinding/shop/dev')
    const boxes = await page.evaluate(
      `[...document.querySelectorAll('.card')].map((card) => [card.textContent, Math.round(card.getBoundingClientRect().left)])`,
    )
    const lefts = new Map(
      (boxes as [string, number][]).map(([text, left]) => [text.split(/(?=user:|sa:|node:|admin$)/).at(-1), left]),
    )
    expect(lefts.get('user:alice')).toBe(lefts.get('user:bob'))
    expect(lefts.get('user:bob')).toBeLessThan(lefts.get('sa:shop/web') ?? 0)
    expect(lefts.get('sa:shop/web')).toBeLessThan(lefts.get('node:worker') ?? 0)
    expect(lefts.get('node:worker')).toBeLessThan(lefts.get('admin') ?? 0)
    expect(trouble).toEqual([])
  })

  test.each(hostile)('%s stays text', async (text) => {
    const { page, trouble } = await open(pathsHtml(hostileReport(text)))
    for (const what of ['.card >> nth=0', '.card >> nth=1', '.pill', '.path']) {
      await page.locator(what).click()
      expect(await page.locator('#panel').innerText()).toContain(text)
    }
    for (const more of await page.locator('summary').all()) await more.click()
    const panel = await page.locator('#panel').innerText()
    for (const known of [
      `binding: RoleBinding/shop/${text}`,
      `subject: user:${text}`,
      `role: Role/${text}`,
      `Waits\n${text}`,
    ])
      expect(panel).toContain(known)
    const body = await page.locator('body').innerText()
    expect(body).toContain(`${text}: ${text}; hidden: ${text}`)
    expect(body).toContain(`kubectl ${text}`)
    expect(await page.locator('.path .name').innerText()).toBe(`1. user:${text} → secret:${text}/${text}`)
    expect(await page.locator('script').count()).toBe(2)
    expect(await page.locator('img, iframe, object, embed, link, base, form').count()).toBe(0)
    expect(await page.locator('svg').count()).toBe(1)
    expect(trouble).toEqual([])
  })

  test('what an eye would obey is shown', async () => {
    const { page, trouble } = await open(pathsHtml(hostileReport(eyes)))
    await page.locator('.path').click()
    const body = await page.locator('body').innerText()
    expect(body).toContain('user:a\\u{202e}b\\u{200b}c\\u{2028}d\\u{0}e')
    expect(body).toContain('binding: RoleBinding/shop/a\\u{202e}b')
    expect(await page.content()).not.toMatch(/[\u202e\u200b\u2028\0]/)
    expect(trouble).toEqual([])
  })

  test('the page may neither run, nor fetch, nor make HTML of strings', async () => {
    const { page, trouble } = await open(pathsHtml(incident()))
    expect(trouble).toEqual([])
    const blocked = (code: string) =>
      page.evaluate(`(async () => { try { ${code}; return 'done' } catch (error) { return error.name } })()`)
    expect(await blocked(`document.body.innerHTML = '<b>x</b>'`)).toBe('TypeError')
    expect(await blocked(`await fetch('https://example.com/')`)).toBe('TypeError')
  })

  test('a click on a move or on what is held shows what is known of it; on a path, all its hops', async () => {
    const { page, trouble } = await open(pathsHtml(incident()))
    const panel = page.locator('#panel')
    await page.locator('.pill', { hasText: 'sa-token' }).click()
    for (const known of [
      'Requests a token',
      'user:bob → sa:shop/web',
      'until somebody creates a pod',
      'the labels could not be read',
      'not readable',
      'verbs: [create]',
    ])
      expect(await panel.innerText()).toContain(known)
    expect(await page.locator('[aria-current=true]').innerText()).toContain('sa-token')
    await page.locator('.card', { hasText: 'sa:shop/web' }).click()
    expect(await panel.locator('button.row').allInnerTexts()).toEqual([
      'pod-create: user:alice → sa:shop/web',
      'sa-token: user:bob → sa:shop/web',
      'pod-escape: sa:shop/web → node:worker',
      '2. user:alice → admin (3 hops)',
      '3. user:bob → admin (3 hops)',
    ])
    await panel.getByText('2. user:alice').click()
    expect(await panel.locator('h3').allInnerTexts()).toEqual([
      '1 pod-create: Creates a pod',
      '2 pod-escape: Leaves its pod for the node',
      '3 node-control-plane: Reads the keys of the control plane',
    ])
    expect(await panel.innerText()).toContain('Pod shop/web-0 spec.hostPID is true')
    expect(await panel.innerText()).toContain('The proposed cut takes a grant of this away')
    expect((await page.locator('.pill[data-path=on] .rule').allInnerTexts()).sort()).toEqual([
      'node-control-plane',
      'pod-create',
      'pod-escape',
    ])
    expect(await page.locator('.card[data-path=off] .name').allInnerTexts()).toEqual(['user:bob'])
    expect(await page.locator('.path[aria-pressed=true]').innerText()).toContain('2. user:alice')
    expect(trouble).toEqual([])
  })

  test('hops that are joined, and one of what was given as a whole, are drawn and shown so', async () => {
    const [bob, pods, web, any] = [
      holding('user:bob'),
      holding('create-pods:shop', 'ability'),
      holding('sa:shop/web'),
      holding('any-node', 'any-node'),
    ]
    const first = hopOf(bob, pods)
    const second = hopOf(bob, any, { rule: 'ns-label', title: 'Takes the labels away', needs: [0] })
    const joined = { from: bob, to: { kind: 'node' } as const, hops: [first, second] }
    const whole = { ...joined, hops: [first, { ...second, from: web }] }
    const { page, trouble } = await open(pathsHtml(pathsReport([joined, whole])))
    expect((await page.locator('.pill').allInnerTexts()).sort()).toEqual([
      'ns-label',
      'ns-label',
      'one of these',
      'pod-create\n2 paths',
    ])
    await page.locator('.path').first().click()
    expect(await page.locator('#panel').innerText()).toContain('user:bob (having create-pods in shop) → any node')
    await page.locator('.path').nth(1).click()
    expect((await page.locator('.card[data-path=on] .name').allInnerTexts()).sort()).toEqual([
      'any node',
      'create-pods in shop',
      'sa:shop/web',
      'user:bob',
    ])
    expect(await page.locator('.pill.dashed[data-path=on]').innerText()).toBe('one of these')
    expect(trouble).toEqual([])
  })

  test('by keys alone: search, list, along the lines of the drawing, evidence, and back', async () => {
    const { page, trouble } = await open(pathsHtml(incident()))
    const focused = async () => await page.evaluate('document.activeElement.textContent || document.activeElement.id')
    await page.keyboard.press('/')
    expect(await focused()).toBe('search')
    await page.keyboard.press('Tab')
    expect(await focused()).toContain('1. user:alice')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    expect(await focused()).toContain('3. user:bob')
    await page.keyboard.press('Enter')
    expect(await page.locator('#panel').innerText()).toContain('sa-token: Requests a token')
    expect(await page.evaluate('document.activeElement.id')).toBe('panel-title')
    await page.keyboard.press('Escape')
    expect(await page.locator('#panel').isVisible()).toBe(false)
    expect(await page.locator('[aria-current=true]').count()).toBe(0)
    expect(await focused()).toContain('3. user:bob')
    expect(await page.locator('.path[aria-pressed=true]').count()).toBe(1)
    await page.keyboard.press('Escape')
    expect(await page.locator('.path[aria-pressed=true], [data-path=on]').count()).toBe(0)

    await page.keyboard.press('Tab')
    const first = String(await focused())
    expect(first).toContain('start')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    await page.keyboard.press(first.includes('alice') ? 'ArrowDown' : 'ArrowUp')
    expect(await focused()).toContain(first.includes('alice') ? 'bob' : 'alice')
    if (first.includes('bob')) await page.keyboard.press('ArrowDown')
    for (const next of ['sa-token', 'sa:shop/web', 'pod-escape', 'node:worker', 'node-control-plane', 'admin']) {
      await page.keyboard.press('ArrowRight')
      expect(await focused()).toContain(next)
    }
    await page.keyboard.press('ArrowLeft')
    expect(await focused()).toMatch(/node-control-plane|bind/)
    await page.keyboard.press('Enter')
    expect(await page.locator('#panel').isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    await page.keyboard.press('0')
    const before = await view(page)
    await page.keyboard.press('+')
    expect((await view(page)).scale).toBeGreaterThan(before.scale)
    await page.keyboard.press('Shift+ArrowRight')
    await page.keyboard.press('-')
    await page.keyboard.press('0')
    expect(await view(page)).toEqual(before)

    await page.keyboard.press('?')
    expect(await page.locator('#help').isVisible()).toBe(true)
    await page.keyboard.press('Escape')
    expect(await page.locator('#help').isVisible()).toBe(false)
    expect(trouble).toEqual([])
  })

  test('by mouse: the wheel zooms at the pointer, dragging moves', async () => {
    const { page, trouble } = await open(pathsHtml(incident()))
    const frame = await page.locator('#frame').boundingBox()
    if (!frame) throw new Error('no drawing')
    const at = { x: frame.x + frame.width * 0.7, y: frame.y + frame.height * 0.4 }
    const before = await view(page)
    await page.mouse.move(at.x, at.y)
    await page.mouse.wheel(0, -300)
    await expect.poll(async () => (await view(page)).scale, patient).toBeGreaterThan(before.scale)
    const zoomed = await view(page)
    const held = (seen: { x: number; y: number; scale: number }) => (at.x - frame.x - seen.x) / seen.scale
    expect(Math.abs(held(zoomed) - held(before))).toBeLessThan(2)
    await page.mouse.down()
    await page.mouse.move(at.x - 40, at.y - 10)
    await page.mouse.move(at.x - 80, at.y - 20)
    await page.mouse.up()
    const moved = await view(page)
    expect([Math.round(moved.x - zoomed.x), Math.round(moved.y - zoomed.y)]).toEqual([-80, -20])
    expect(await page.locator('#panel').isVisible()).toBe(false)
    await page.locator('#out').click()
    expect((await view(page)).scale).toBeLessThan(moved.scale)
    expect(trouble).toEqual([])
  })

  test('by two fingers, and by one', async () => {
    const { page, trouble } = await open(pathsHtml(incident()), {
      hasTouch: true,
      viewport: { width: 390, height: 844 },
    })
    await page.locator('#frame').scrollIntoViewIfNeeded()
    const frame = await page.locator('#frame').boundingBox()
    if (!frame) throw new Error('no drawing')
    const touch = await page.context().newCDPSession(page)
    const fingers = async (type: 'touchStart' | 'touchMove' | 'touchEnd', ...xs: number[]) => {
      await touch.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: xs.map((x, id) => ({ x: frame.x + frame.width * x, y: frame.y + frame.height * 0.6, id })),
      })
    }
    const before = await view(page)
    await fingers('touchStart', 0.45, 0.55)
    await fingers('touchMove', 0.3, 0.7)
    await fingers('touchMove', 0.2, 0.8)
    await fingers('touchEnd')
    const zoomed = await view(page)
    expect(zoomed.scale).toBeGreaterThan(before.scale * 2)
    await fingers('touchStart', 0.5)
    await fingers('touchMove', 0.6)
    await fingers('touchMove', 0.8)
    await fingers('touchEnd')
    expect((await view(page)).x).toBeGreaterThan(zoomed.x)
    expect(trouble).toEqual([])
  })

  test('words and targets narrow drawing and list', async () => {
    const report = incident()
    const [first] = report.paths
    const other = first ? [{ ...first, to: { kind: 'node' } as const }] : []
    const { page } = await open(pathsHtml({ ...report, paths: [...report.paths, ...other] }))
    const count = async () => await page.locator('#count').innerText()
    await page.locator('#search').fill('bob escape')
    await expect.poll(count, patient).toBe('1 of 4 paths')
    expect(await page.locator('.card').count()).toBe(4)
    expect(await page.locator('.path').count()).toBe(1)
    await page.locator('#search').fill('no such thing')
    await expect.poll(count, patient).toBe('0 of 4 paths')
    expect(await page.locator('.card').count()).toBe(0)
    await page.locator('#search').press('Escape')
    await expect.poll(count, patient).toBe('4 of 4 paths')
    await page.getByLabel('to admin (3)').uncheck()
    expect(await count()).toBe('1 of 4 paths')
    expect(await page.locator('.path').innerText()).toContain('→ a node')
  })

  test('500 paths: starts that do the same are one, or each on its own; all are listed as one comes to them', async () => {
    const { page, trouble } = await open(pathsHtml(manyPaths(500)))
    expect(await page.locator('#count').innerText()).toBe('500 of 500 paths')
    expect(await page.locator('.card.many .name').allInnerTexts()).toEqual(['sa:team-1/app', 'sa:team-3/app'])
    const [many] = await page.locator('.card.many').all()
    await many?.click()
    expect(await page.locator('#panel li').count()).toBe(41)
    await page.locator('#panel summary').first().click()
    await expect.poll(async () => await page.locator('#panel li').count(), patient).toBe(321)
    await page.locator('#each').click()
    expect(await page.locator('.card').count()).toBe(552)
    expect(await page.locator('.pill').count()).toBe(551)
    expect(await page.locator('.path').count()).toBeLessThan(500)
    await page.locator('.path').first().focus()
    await page.keyboard.press('End')
    expect(await page.locator('.path').count()).toBe(500)
    await page.keyboard.press('Enter')
    expect(await page.locator('.card[data-path=on]').count()).toBe(3)
    expect(trouble).toEqual([])
  })

  test('more than are drawn at once are said to be', async () => {
    const { page } = await open(pathsHtml(manyPaths(1200)))
    expect(await page.locator('#count').innerText()).toBe(
      '1,200 of 1,200 paths; 200 of them are not drawn: search for them',
    )
    await page.locator('#search').fill('team-1199/')
    await expect.poll(async () => await page.locator('.card').count(), patient).toBe(3)
  })

  test('light and dark follow the system, nothing sticks out on a narrow screen, and paper has all paths', async () => {
    const colours = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) => {
        const viewport = { width: 360, height: 800 }
        const { page, trouble } = await open(pathsHtml(hostileReport(hostile[1] ?? '')), { colorScheme, viewport })
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
        await page.locator('.path').click()
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
        expect(trouble).toEqual([])
        return await page.evaluate('getComputedStyle(document.body).backgroundColor')
      }),
    )
    expect(colours[0]).not.toBe(colours[1])
    const { page } = await open(pathsHtml(manyPaths(300)), { colorScheme: 'dark' })
    const transform = `document.getElementById('moved').style.transform`
    const screen = await page.evaluate(transform)
    await page.evaluate(`dispatchEvent(new Event('beforeprint'))`)
    await page.emulateMedia({ media: 'print' })
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe(colours[0])
    expect(await page.locator('.path').count()).toBe(300)
    expect(await page.evaluate(transform)).not.toBe(screen)
    await page.evaluate(`dispatchEvent(new Event('afterprint'))`)
    expect(await page.evaluate(transform)).toBe(screen)
  })

  test('as the built tool prints it', async () => {
    const { stdout, code } = await secure(['paths', '--cut', '-o', 'html', '--snapshot', example])
    expect(code).toBe(0)
    const { page, trouble } = await open([stdout])
    expect(await page.locator('.card.target').count()).toBe(2)
    await page.locator('.path').first().click()
    expect(await page.locator('#panel').innerText()).toContain('binding: ClusterRoleBinding/oncall')
    expect(await page.locator('#cuts').innerText()).toContain('kubectl delete clusterrolebinding')
    expect(trouble).toEqual([])
  })
})

/** What is looked at of the drawing. */
async function view(page: Page): Promise<{ x: number; y: number; scale: number }> {
  const text = String(await page.evaluate(`document.getElementById('moved').style.transform`))
  const [x = 0, y = 0, scale = 0] = [...text.matchAll(/-?[\d.]+(?:e-?\d+)?/g)].map(Number)
  return { x, y, scale }
}
