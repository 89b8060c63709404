/** What only the page of a report has: lanes, facts, blanks to fill in; on paper as on a screen. */
export const reportStyle = `
:root { --blue: #0b57d0; --blue-bg: #e6effd; }
@media screen and (prefers-color-scheme: dark) { :root { --blue: #8ab4f8; --blue-bg: #1b2a42; } }
body { max-width: 80rem; }
h3 { margin: 1.1rem 0 0.3rem; font-size: 1rem; }
.good { margin: 0.75rem 0; padding: 0.6rem 0.9rem; border-left: 0.4rem solid var(--good); border-radius: 0.25rem; background: var(--good-bg); overflow-wrap: anywhere; }
.said { unicode-bidi: isolate; overflow-wrap: anywhere; }
nav ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; margin: 0.5rem 0 1rem; padding: 0; list-style: none; font-size: 0.95rem; }
a { color: var(--blue); } section { scroll-margin-top: 1rem; }
ul { max-width: 70rem; } li { margin: 0.2rem 0; } li > ul { color: var(--soft); font-size: 0.95em; }
dl { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0.3rem 0.75rem; margin: 0.6rem 0; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.list, .lanes { width: 100%; margin: 0.5rem 0; } .list th, .list td, .lanes th, .lanes td { padding: 0.35rem 0.6rem; vertical-align: top; text-align: left; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.list thead th, .lanes thead th { background: var(--panel); } .list td { min-width: 6.75rem; overflow-wrap: break-word; } .list td:first-child { font-variant-numeric: tabular-nums; }
.lanes { table-layout: fixed; } .lanes tbody th { font-weight: 400; font-variant-numeric: tabular-nums; } .lanes th:first-child { width: 9.5rem; } .day, .source { display: block; } .lanes tbody .soft { font-size: 0.85em; }
.lanes td { border-left: 1px solid var(--line); } .lanes .act > div { padding: 0.3rem 0.5rem; border-left: 0.25rem solid; border-radius: 0.25rem; }
.lanes .responder > div { border-color: var(--blue); background: var(--blue-bg); } .lanes .intruder > div { border-color: var(--bad); background: var(--bad-bg); } .lanes .other > div { border-color: var(--odd); background: var(--odd-bg); }
.source { overflow-wrap: anywhere; }
.shown { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.5rem 0; padding: 0; border: 0; } .shown legend { float: left; margin-right: 1rem; padding: 0; } .shown label { cursor: pointer; } .shown input { width: 1.1rem; height: 1.1rem; vertical-align: -0.15rem; }
section:has(#show-responder:not(:checked)) .responder, section:has(#show-responder:not(:checked)) .row-responder { display: none; }
section:has(#show-intruder:not(:checked)) .intruder, section:has(#show-intruder:not(:checked)) .row-intruder { display: none; }
section:has(#show-other:not(:checked)) .other, section:has(#show-other:not(:checked)) .row-other { display: none; }
.diff { max-height: 32rem; margin: 0.6rem 0; padding: 0.6rem 0.9rem; overflow: auto; border: 1px solid var(--line); border-radius: 0.35rem; background: var(--panel); font: 0.85rem/1.4 ui-monospace, monospace; }
.added { color: var(--good); } .removed { color: var(--bad); }
.ask p { margin: 0.9rem 0 0.2rem; font-weight: 600; } .line { height: 1.9rem; border-bottom: 1px solid var(--soft); }
@media screen and (max-width: 50rem) {
  .list thead, .lanes thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } .list, .list tbody, .list tr, .list td, .lanes, .lanes tbody, .lanes tr, .lanes td, .lanes th { display: block; width: auto !important; border: 0; padding: 0.15rem 0; }
  .list tr { margin-bottom: 0.75rem; padding: 0.4rem 0.6rem; border: 1px solid var(--line); border-radius: 0.35rem; } .list td { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: 0.5rem; } .list td::before { content: attr(data-heading); color: var(--soft); }
  .lanes tr { margin-bottom: 0.6rem; } .lanes .none { display: none; } .day { display: inline; } .lanes .act::before { content: attr(data-heading); display: block; color: var(--soft); font-size: 0.85rem; } dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: 0.5rem; }
}
@media print {
  body { max-width: none; padding: 0; font-size: 9.5pt; } nav, .shown { display: none; } .diff { max-height: none; overflow: visible; white-space: pre-wrap; overflow-wrap: anywhere; font-size: 8pt; }
  .lanes tr, .list tr, .ask { break-inside: avoid; } h2, h3 { break-after: avoid; } thead { display: table-header-group; } .lanes th:first-child { width: 7rem; } .list, .lanes { font-size: 8.5pt; } .list td { min-width: 5rem; } .list th, .list td { padding: 0.3rem 0.4rem; }
  .good, .warn, .note, .lanes .act > div { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`
