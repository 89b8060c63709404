import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Finding, RisksReport } from '../../../src/risks/finding.ts'
import { risksHtml as html } from '../../../src/terminal/risks-html.ts'
import { neededForPages } from '../../browser/chromium.ts'
import { type Pages, startBrowser } from '../../browser/open.ts'
import { folder, secure } from '../../cli/run.ts'
import { describeNeeding } from '../../cluster/suite.ts'
import { clusterBinding, clusterRole, roleBinding, rule, user } from '../../unit/rbac/worlds.ts'
import { everything, pod, risksIn, world } from '../../unit/risks/worlds.ts'

const risksHtml = (report: RisksReport) =>
  html(report, { source: { kind: 'cluster', server: 'https://x' }, made: '2026-11-21T03:00:12Z' })

// What would run, load or end something, were it ever taken for HTML; and what would be obeyed by the eye.
const hostile = [
  '</script><script>alert(1)</script>',
  '"><img src=x onerror=alert(2)>',
  "'><svg/onload=alert(3)>",
  '<!--<script>',
  '{{7*7}}${alert(4)}`javascript:alert(5)',
  '<iframe src="https://example.com/">&lt;b&gt;&amp;',
]
const eyes = 'a\u202eb\u200bc\u2028d'

const findingsOf = (name: string) =>
  risksIn(
    world(
      {
        clusterRoles: [
          clusterRole('boss', everything),
          clusterRole('exec', rule({ verbs: ['create'], resources: ['pods/exec'] })),
        ],
        clusterRoleBindings: [clusterBinding(name, 'boss', user(name))],
        roleBindings: [roleBinding('shop', 'x', 'exec', user('ann')), roleBinding('shop', 'gone', name, user('bob'))],
      },
      { pods: [pod({ name, escapes: [{ kind: 'privileged', field: 'spec', root: true, detail: name }] })] },
    ),
  )

const report = (findings: Finding[], more: Partial<RisksReport> = {}): RisksReport => ({
  apiVersion: 'kubectl-secure.github.io/v1',
  kind: 'RisksReport',
  query: {},
  complete: true,
  gaps: [],
  notes: [],
  findings,
  ...more,
})

describeNeeding(neededForPages(), 'the page of risks, in a real browser', () => {
  let pages: Pages | undefined
  beforeAll(async () => void (pages = await startBrowser()))
  afterAll(() => pages?.close())
  const open: Pages['open'] = async (html, options) => {
    if (!pages) throw new Error('no browser')
    return await pages.open(html, options)
  }

  test.each(hostile)('%s stays text', async (text) => {
    const excepted = (await findingsOf(text)).map((each) => ({ ...each, exception: { owner: text, reason: text } }))
    const more = {
      query: { namespace: text },
      complete: false,
      gaps: [{ what: text, why: text, hides: text }],
      notes: [text],
    }
    const { page, trouble } = await open(risksHtml(report([...(await findingsOf(text)), ...excepted], more)))
    await page.getByLabel('excepted').check()
    for (const summary of await page.locator('summary').all()) await summary.click()
    const body = await page.locator('body').innerText()
    expect(body).toContain(`user:${text}`)
    expect(body).toContain(`${text}: ${text}; hidden: ${text}`)
    expect(await page.locator('script').count()).toBe(2)
    expect(await page.locator('img, iframe, svg, object, embed, link, base, form').count()).toBe(0)
    expect(trouble).toEqual([])
  })

  test('what an eye would obey is shown', async () => {
    const { page } = await open(risksHtml(report(await findingsOf(eyes))))
    expect(await page.locator('body').innerText()).toContain('user:a\\u{202e}b\\u{200b}c\\u{2028}d')
    expect(await page.content()).not.toMatch(/[\u202e\u200b\u2028]/)
  })

  test('words, severities and rules narrow; headings sort; a finding opens to its evidence', async () => {
    const { page, trouble } = await open(risksHtml(report(await findingsOf('web'))))
    const count = page.locator('#count')
    const rows = page.locator('#table tbody tr')
    const all = await rows.count()
    expect(await count.innerText()).toBe(`${all} findings`)
    expect(await rows.first().innerText()).toContain('critical')
    await page.getByRole('button', { name: 'Severity' }).click()
    expect(await rows.first().innerText()).toContain('low')
    expect(await page.locator('th[aria-sort=descending]').innerText()).toContain('Severity')
    await page.getByLabel('low').uncheck()
    await expect.poll(async () => await rows.count()).toBeLessThan(all)
    await page.locator('#search').fill('USER:ANN exec')
    await expect.poll(async () => await count.innerText()).toBe('1 finding')
    await rows.first().locator('summary').click()
    // What is in it is made once it is open.
    await rows.first().locator('details[open] dl').waitFor()
    const text = await rows.first().innerText()
    expect(text).toContain('User ann → RoleBinding/shop/x → ClusterRole/exec → rule 0')
    expect(text).toContain('kubectl delete rolebinding.rbac.authorization.k8s.io -n shop -- x')
    await page.keyboard.press('Escape')
    await page.locator('#rules').selectOption({ label: 'wildcard (1)' })
    await expect.poll(async () => await count.innerText()).toBe('1 finding')
    expect(trouble).toEqual([])
  })

  test('by keys alone: to the search, to a heading, into a finding', async () => {
    const { page } = await open(risksHtml(report(await findingsOf('web'))))
    await page.keyboard.press('/')
    expect(await page.evaluate('document.activeElement.id')).toBe('search')
    const reach = async (selector: string) => {
      for (let presses = 0; presses < 20; presses += 1) {
        if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return true
        await page.keyboard.press('Tab')
      }
      return false
    }
    expect(await reach('th button')).toBe(true)
    await page.keyboard.press('Enter')
    expect(await page.locator('th[aria-sort=descending]').count()).toBe(1)
    expect(await reach('summary')).toBe(true)
    await page.keyboard.press('Enter')
    await expect.poll(async () => await page.locator('details[open] dl').count()).toBe(1)
  })

  test('the page may neither run, nor fetch, nor make HTML of strings', async () => {
    const { page, trouble } = await open(risksHtml(report(await findingsOf('web'))))
    expect(trouble).toEqual([])
    const blocked = (code: string) =>
      page.evaluate(`(async () => { try { ${code}; return 'done' } catch (error) { return error.name } })()`)
    expect(await blocked(`document.body.innerHTML = '<b>x</b>'`)).toBe('TypeError')
    expect(await blocked(`await fetch('https://example.com/')`)).toBe('TypeError')
  })

  test('a large report is made as it is needed, and says what is left out', async () => {
    const [one] = await findingsOf('web')
    if (!one) throw new Error('no findings')
    const many = Array.from({ length: 50_007 }, (_, index) => ({ ...one, scope: `ns-${index}` }))
    const { page, trouble } = await open(risksHtml(report(many)))
    expect(await page.locator('#count').innerText()).toBe('50,000 findings')
    expect(await page.locator('.warn').first().innerText()).toContain('7 findings')
    expect(await page.locator('#table tbody tr').count()).toBeLessThanOrEqual(300)
    await page.locator('#search').fill('ns-49999')
    await expect.poll(async () => await page.locator('#count').innerText()).toBe('1 finding')
    expect(trouble).toEqual([])
  })

  test('light and dark follow the system, and nothing sticks out on a narrow screen', async () => {
    const colours = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) => {
        const { page } = await open(risksHtml(report(await findingsOf(hostile[1] ?? ''))), {
          colorScheme,
          viewport: { width: 360, height: 800 },
        })
        for (const summary of await page.locator('summary').all()) await summary.click()
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360)
        return await page.evaluate('getComputedStyle(document.body).backgroundColor')
      }),
    )
    expect(colours[0]).not.toBe(colours[1])
  })

  test('as the built tool prints it', async () => {
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'boss' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    }
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'boss' }
    const binding = { ...role, kind: 'ClusterRoleBinding', roleRef, subjects: [{ kind: 'User', name: 'ann' }] }
    const items = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [role, binding] })
    const { stdout, code } = await secure(['risks', '-o', 'html', '--snapshot', folder({ 'world.json': items })])
    expect(code).toBe(1)
    const { page, trouble } = await open([stdout])
    expect(await page.locator('#table').innerText()).toContain('user:ann')
    expect(trouble).toEqual([])
  })
})
