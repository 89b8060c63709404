import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findChromium } from './chromium.ts'

export type Opened = {
  page: Page
  /** What went wrong or would have: dialogs, errors, what the page's policy stopped, requests beside the page itself. */
  trouble: string[]
}

export type Pages = {
  open(html: Iterable<string>, options?: BrowserContextOptions): Promise<Opened>
  close(): Promise<void>
}

/** A real browser to look at pages with, as a user would who opens the file. */
export async function startBrowser(): Promise<Pages> {
  const flags = ['--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update']
  const browser: Browser = await chromium.launch({
    executablePath: findChromium() ?? '',
    args: ['--headless', '--no-sandbox', '--disable-sync', ...flags],
  })
  const folder = mkdtempSync(join(tmpdir(), 'kubectl-secure-page-'))
  let count = 0
  return {
    async open(html, options = {}) {
      count += 1
      const file = join(folder, `${count}.html`)
      writeFileSync(file, [...html].join(''))
      const page = await browser.newPage(options)
      const { href } = pathToFileURL(file)
      const trouble: string[] = []
      page.on('dialog', (dialog) => {
        trouble.push(`dialog: ${dialog.message()}`)
        void dialog.dismiss()
      })
      page.on('pageerror', (error) => trouble.push(`error: ${error.message}`))
      page.on('console', (message) => trouble.push(`console: ${message.text()}`))
      page.on('request', (request) => request.url() !== href && trouble.push(`request: ${request.url()}`))
      await page.goto(href)
      return { page, trouble }
    },
    async close() {
      await browser.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
