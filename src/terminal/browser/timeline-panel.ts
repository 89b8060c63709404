import type { PageDocument, PageElement } from './dom.ts'
import type { PageKit } from './kit.ts'
import type { TimelineData } from './timeline-data.ts'
import type { TimelineRows } from './timeline-rows.ts'
import type { timelineTime } from './timeline-time.ts'

/** Runs in the browser: all that is known of a row, or a list of the rows of a cluster. */
export function timelinePanel(
  document: PageDocument,
  { element, button }: PageKit,
  data: TimelineData,
  rows: TimelineRows,
  time: ReturnType<typeof timelineTime>,
  panel: PageElement,
  told: {
    choose(row: number): void
    step(row: number, by: 1 | -1): void
    zoomTo(some: Uint32Array): void
    close(): void
  },
) {
  /** Long texts scroll in a box of their own. */
  function value(text: string, className = 'name'): PageElement {
    return element(text.length > 400 ? 'pre' : 'span', className, text)
  }

  /** A list of which the first are shown, and the rest once it is asked for. */
  function listed(texts: string[], most: number): PageElement {
    const list = (some: string[]) => element('ul', 'plain', ...some.map((text) => element('li', 'name', text)))
    if (texts.length <= most) return list(texts)
    const rest = element('details', '', element('summary', '', `${texts.length - most} more`), list(texts.slice(most)))
    return element('div', '', list(texts.slice(0, most)), rest)
  }

  function clockText(row: number): string {
    const { source, has } = rows.textsOf(row)
    const written = data.rows.written[row]
    const uncertain = data.rows.uncertaintyMs[row] ?? 0
    const ahead =
      typeof written === 'number' && written !== 0
        ? `, ${time.duration(Math.abs(written))} ${written > 0 ? 'ahead' : 'behind'}`
        : ''
    const sure = has('clockUnknown')
      ? ', how far it is off is not known'
      : ` ± ${time.duration(uncertain * 1000).replace(/^0 .*/, '0')}`
    return `${source}${ahead}${sure}`
  }

  function facts(row: number): [string, PageElement | string][] {
    const its = rows.textsOf(row)
    const files = data.rows.at[row] ?? []
    const lines = files.flatMap((file, index) =>
      index % 2 === 0 ? [`${data.texts[file] ?? ''}:${files[index + 1] ?? '?'}`] : [],
    )
    const more = data.rows.atMore[row] ?? 0
    const notes = [
      its.has('own') ? 'Made by kubectl secure itself.' : '',
      its.has('claimed') ? 'The actor is what somebody wrote there: nobody was authenticated as it.' : '',
      its.has('orderUnsure') ? 'By what is known of the clocks, it may have come after some of the rows below it.' : '',
      its.routine === '' ? '' : `Likely routine: ${its.routine}.`,
    ].filter(Boolean)
    const raw = [
      `kind ${its.kind}`,
      row < rows.timed ? `${rows.base + (rows.at[row] ?? 0)} µs since 1970` : 'no time',
      `± ${data.rows.uncertaintyMs[row] ?? 0} ms`,
      `count ${its.count}`,
      `row ${row + 1} of ${rows.size}`,
    ].join(', ')
    const all: [string, PageElement | string][] = [
      ['Corrected', its.time === '' ? 'not known' : value(its.time, 'name time')],
      ['As written', its.written === '' ? '' : value(its.written, 'name time')],
      ['Clock', value(clockText(row))],
      ['Until, as written', its.until === '' ? '' : value(its.until, 'name time')],
      ['Requests', its.count === 1 ? '' : its.count.toLocaleString('en')],
      ['Actor', value(its.actor)],
      ['From', its.from === '' ? '' : value(its.from)],
      ['What', value(its.what)],
      ['Target', value(its.target)],
      ['Outcome', value(its.outcome)],
      ['Server said', its.why === '' ? '' : value(its.why)],
      ['Weight', its.weight],
      ['Questions', its.questions === '' ? '' : value(its.questions)],
      ['ATT&CK', its.attack === '' ? '' : value(its.attack)],
      ['Note', notes.join(' ')],
      [
        'Evidence',
        lines.length === 0
          ? 'no line of a file'
          : listed(more > 0 ? [...lines, `and ${more} more lines: -o json`] : lines, 20),
      ],
      ['Raw', element('span', 'soft', raw)],
    ]
    return all.filter(([, told]) => told !== '')
  }

  function head(title: string, ...buttons: PageElement[]): PageElement {
    const heading = element('h2', 'clip', title)
    heading.tabIndex = -1
    heading.setAttribute('id', 'panel-title')
    return element('div', 'head', heading, element('div', 'buttons', ...buttons, button('✕ Close', told.close)))
  }

  function show(...children: PageElement[]): void {
    panel.replaceChildren(...children)
    panel.hidden = false
    document.getElementById('panel-title')?.focus()
  }

  function row(row: number): void {
    const list = element('dl', '')
    for (const [name, told] of facts(row)) list.append(element('dt', '', name), element('dd', '', told))
    const steps = [button('‹ Previous', () => told.step(row, -1)), button('Next ›', () => told.step(row, 1))]
    show(head(rows.textsOf(row).what.slice(0, 120) || 'Evidence', ...steps), list)
  }

  function cluster(some: Uint32Array): void {
    const most = 200
    const items = [...some.subarray(0, most)].map((row) => {
      const { time, actor, what, target, outcome } = rows.textsOf(row)
      const text = `${what.slice(0, 200)} · ${target.slice(0, 200)} · ${outcome}`
      const line = button(`${time.slice(0, 23)} `, () => told.choose(row), 'row')
      line.append(element('span', 'name', actor.slice(0, 200)), element('span', 'name', text))
      return element('li', '', line)
    })
    const rest =
      some.length > most
        ? [element('p', 'soft', `${(some.length - most).toLocaleString('en')} more: zoom in, or see the table.`)]
        : []
    const zoom = button('Zoom to them', () => told.zoomTo(some))
    show(
      head(`${some.length.toLocaleString('en')} rows close together`, zoom),
      element('ul', 'plain', ...items),
      ...rest,
    )
  }

  return { row, cluster }
}
