/**
 * The texts of a `Warning` header, which may hold several: `299 - "text", 299 - "…"`. What is not of that form is given as it came,
 * so that no warning is lost. Rule: ParseWarningHeader in apimachinery's pkg/util/net/http.go; RFC 7234, 5.5.
 */
export function warningTexts(header: string | string[] | undefined): string[] {
  const given = typeof header === 'string' ? header : (header ?? []).join(', ')
  // Node reads headers as Latin-1, and the server writes UTF-8.
  const text = Buffer.from(given, 'latin1').toString('utf8').trim()
  const warning = /\d{3} \S+ "((?:[^"\\]|\\.)*)"(?: "[^"]*")?\s*(?:,\s*|$)/y
  const texts: string[] = []
  while (warning.lastIndex < text.length) {
    const at = warning.lastIndex
    const [, quoted] = warning.exec(text) ?? []
    if (quoted === undefined) return [...texts, text.slice(at)]
    texts.push(quoted.replaceAll(/\\(.)/g, '$1'))
  }
  return texts
}
