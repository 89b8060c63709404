import fc from 'fast-check'
import { micromark } from 'micromark'
import { gfm, gfmHtml } from 'micromark-extension-gfm'

/** Markdown as GitHub renders it before it cleans HTML away: what is made a tag here is made one somewhere. */
export function rendered(markdown: string): string {
  return micromark(markdown, {
    allowDangerousHtml: true,
    allowDangerousProtocol: true,
    extensions: [gfm()],
    htmlExtensions: [gfmHtml()],
  })
}

/** The names of the tags, in their order. */
export function tagsOf(html: string): string[] {
  return [...html.matchAll(/<(\/?[a-z][a-z0-9]*)[^>]*>|<!--/gi)].map(([whole, name]) => name ?? whole)
}

/** What a reader sees. */
export function textOf(html: string): string {
  const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' }
  return html.replace(/<[^>]*>/g, '').replace(/&(amp|lt|gt|quot);/g, (_, name: string) => entities[name] ?? '')
}

/** Texts that Markdown, HTML or a forge would make something of. */
export const hostileText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '`',
        '``',
        '```',
        '~~~',
        '|',
        '\\',
        '\\|',
        '\\`',
        '*',
        '_',
        '~~',
        '#',
        '# ',
        '- ',
        '1. ',
        '1)',
        '> ',
        '---',
        '===',
        '\n',
        '\n\n',
        '\t',
        ' ',
        '  ',
        '<img src=x onerror=alert(1)>',
        '</code>',
        '</td>',
        '<!--',
        '-->',
        '<script>',
        '<https://e.vil>',
        '&lt;',
        '&#60;',
        '&amp;',
        '[^1]',
        '[^1]: x',
        '[a](http://e.vil)',
        '![a](http://e.vil/x.png)',
        '[a]',
        '[a]: http://e.vil',
        'http://e.vil',
        'https://e.vil/?q=',
        'www.e.vil',
        'me@e.vil',
        'mailto:me@e.vil',
        'xmpp:me@e.vil',
        '@everyone',
        '#1',
        'GH-1',
        '$x$',
        ':smile:',
        '(',
        ')',
        '[',
        ']',
        '!',
        ':',
        '.',
        'word',
        'other',
        'é',
        '\u202e',
        '\u200b',
        '\u2028',
        '\0',
        '[x] ',
        '- [ ] ',
      ),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))
