/** What only the page of a timeline has: the drawing with its lanes, the panel beside it, and a table that becomes cards where it is narrow. */
export const timelineStyle = `
:root { --blue: #0b57d0; --blue-bg: #dbe7fd; --soft-bg: #e9ecef; }
@media (prefers-color-scheme: dark) { :root { --blue: #8ab4f8; --blue-bg: #1d3153; --soft-bg: #2b3138; } }
:root.printing { color-scheme: light; --bg: #fff; --fg: #16191d; --soft: #5a636e; --line: #c9d0d8; --panel: #f3f5f7; --focus: #0b57d0; --good: #0f6b34; --good-bg: #d7f2df;
  --bad: #a3171c; --bad-bg: #fbe0df; --odd: #7a4b00; --odd-bg: #ffedc2; --blue: #0b57d0; --blue-bg: #dbe7fd; --soft-bg: #e9ecef; }
[hidden] { display: none !important; }
pre { margin: 0; max-height: 16rem; overflow: auto; white-space: pre-wrap; }
.marks { display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; margin: 0.5rem 0; padding: 0; border: 0; } .marks label { display: inline-flex; align-items: center; gap: 0.3rem; min-height: 2rem; cursor: pointer; }
.marks canvas { width: 20px; height: 20px; } .marks input { width: 1.1rem; height: 1.1rem; }
kbd { padding: 0 0.3em; border: 1px solid var(--line); border-radius: 0.25em; }
.bar label[for] { display: block; font-size: 0.9rem; }
.tools { display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem; margin: 0.75rem 0 0.5rem; } .tools button { min-width: 2.5rem; min-height: 2.25rem; }
.tools [aria-pressed=true] { color: var(--bg); background: var(--focus); border-color: var(--focus); } #range { margin-left: 0.4rem; font-variant-numeric: tabular-nums; }
.work { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem; align-items: start; } .work.open { grid-template-columns: minmax(0, 1fr) minmax(20rem, 27rem); }
#chart { border: 1px solid var(--line); border-radius: 0.35rem; user-select: none; -webkit-user-select: none; }
#chart canvas { display: block; touch-action: pan-y; } #overview, #axis { cursor: crosshair; }
#scroll { position: relative; overflow-x: hidden; overflow-y: auto; max-height: clamp(14rem, 60vh, 48rem); } #space { position: relative; min-height: 6rem; } #lanes { position: sticky; top: 0; cursor: grab; }
#names { position: absolute; inset: 0 auto auto 0; }
.lane { position: absolute; left: 0; display: flex; align-items: center; justify-content: space-between; gap: 0.5rem; padding: 0 0.5rem; font-size: 0.85rem; white-space: nowrap; }
.lane span:first-child { overflow: hidden; text-overflow: ellipsis; overflow-wrap: normal; } .lane .soft { flex: none; font-variant-numeric: tabular-nums; } .actor { padding-left: 1.2rem; }
.group { border: 0; border-radius: 0; background: var(--panel); font-weight: 600; text-align: left; } .group .soft { font-weight: 400; } .group:focus-visible { outline-offset: -3px; }
#told { min-height: 2.9em; margin: 0.3rem 0 0; font-size: 0.9rem; overflow-wrap: anywhere; unicode-bidi: isolate; }
#panel { position: sticky; top: 0.5rem; max-height: calc(100vh - 1rem); overflow: auto; padding: 0.6rem 0.9rem; border: 1px solid var(--line); border-radius: 0.35rem; background: var(--panel); }
#panel h2 { margin: 0 0 0.5rem; overflow-wrap: anywhere; } #panel h2:focus { outline: none; } .buttons { display: flex; flex-wrap: wrap; gap: 0.4rem; } .head { position: sticky; top: -0.6rem; padding: 0.4rem 0; background: var(--panel); }
dl { display: grid; grid-template-columns: 6.6rem minmax(0, 1fr); gap: 0.3rem 0.6rem; margin: 0.5rem 0; } #panel .time { white-space: nowrap; font-size: 0.87em; letter-spacing: -0.01em; } dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
ul.plain { margin: 0; padding: 0; list-style: none; } button.row { display: block; width: 100%; margin: 0.2rem 0; text-align: left; background: var(--bg); } button.row .name { display: block; }
button.plain { padding: 0.1rem 0.2rem; border: 0; background: none; font-weight: 600; text-align: left; } button.time { font-weight: 400; font-variant-numeric: tabular-nums; text-decoration: underline; white-space: nowrap; }
.list { width: 100%; margin: 0.5rem 0; } .list th, .list td { padding: 0.35rem 0.6rem; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; } .list thead th { background: var(--panel); } .list .soft { display: block; font-size: 0.85rem; }
.list th:nth-child(1) { width: 16.5rem; } .list th:nth-child(3) { width: 10rem; } .list th:nth-child(6) { width: 9rem; } .list th:nth-child(7) { width: 8rem; } .list tr.chosen td { background: var(--blue-bg); }
@media screen and (min-width: 60.01rem) { .list { table-layout: fixed; } }
@media screen and (max-width: 60rem) {
  .actor { pointer-events: none; } .tools button { flex: 1 0 auto; min-width: 2.2rem; padding: 0.35rem 0.5rem; } #range { flex-basis: 100%; margin: 0; font-size: 0.9rem; }
  .work.open { grid-template-columns: minmax(0, 1fr); } .work.open #panel { position: fixed; inset: auto 0 0 0; z-index: 5; max-height: 62vh; border-radius: 0.6rem 0.6rem 0 0; box-shadow: 0 0 2rem #0006; }
  .list td:has(> .name:empty) { display: none !important; } .list thead tr { display: block; } .list thead th { display: none; } .list thead th:first-child { display: block; width: auto; } .list, .list thead, .list tbody, .list tr, .list td { display: block; }
  .list tbody tr { margin-bottom: 0.75rem; border: 1px solid var(--line); border-radius: 0.35rem; } .list td { display: grid; grid-template-columns: 5.5rem minmax(0, 1fr); gap: 0.5rem; } .list td::before { content: attr(data-heading); color: var(--soft); }
}
@media print {
  body { max-width: none; padding: 0; } .bar, .tools button, .buttons, .hint { display: none !important; } #scroll { overflow: hidden; }
  .work.open { grid-template-columns: minmax(0, 1fr); } #panel { position: static !important; max-height: none; box-shadow: none !important; } .list tr { break-inside: avoid; }
  .list { font-size: 0.7rem; } .list th:nth-child(n) { width: auto; } .list th, .list td { padding: 0.15rem 0.3rem; } .list td:first-child { min-width: 6.5rem; } .list .soft { font-size: 1em; } button.time { white-space: normal; font-size: 0.7rem; } #more { padding: 0; border: 0; background: none; }
}
`
