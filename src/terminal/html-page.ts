import { escapeHtml, jsonInHtml } from '../text/html.ts'
import { baseStyle } from './browser/style.ts'

type Page = {
  title: string
  /** HTML: whoever makes it escapes what it holds (`escapeHtml`). */
  body: string
  /** CSS of the page's own, after that which all pages share. */
  style?: string
  /** What the script gets; strings in it are put into the page as text only. */
  data?: unknown
  /** The source of a function `(document, data) => void`; a page without one runs nothing. */
  script?: string
}

/**
 * A page in one file that needs nothing else and asks nobody: the policy in it lets the browser load nothing, run this
 * script alone, and make no HTML of strings. In pieces, since its data may be large.
 */
export function* htmlPage({ title, body, style = '', data, script }: Page): Generator<string> {
  const { createHash } = process.getBuiltinModule('node:crypto')
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  const css = `${baseStyle}${style}`
  const code =
    script === undefined ? undefined : `(${script})(document, JSON.parse(document.getElementById('data').textContent))`
  const policy = [
    `default-src 'none'`,
    ...(code === undefined ? [] : [`script-src ${hash(code)}`]),
    `style-src ${hash(css)}`,
    `base-uri 'none'`,
    `form-action 'none'`,
    `require-trusted-types-for 'script'`,
    `trusted-types 'none'`,
  ].join('; ')
  yield `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${css}</style>
</head>
<body>
${body}
`
  if (code !== undefined) {
    yield `<noscript><p class="warn">The drawing and the table need JavaScript; nothing is fetched. The same answer: -o wide or -o json.</p></noscript>
<script type="application/json" id="data">`
    yield jsonInHtml(data)
    yield `</script>
<script>${code}</script>
`
  }
  yield `</body>
</html>
`
}

/** A function as source for `Page.script`, with others that it calls bound to its parameters after the first two. */
export function scriptOf(main: (...args: never[]) => void, ...helpers: ((...args: never[]) => unknown)[]): string {
  return `(document, data) => (${String(main)})(document, data, ${helpers.map(String).join(', ')})`
}
