/** What only the page of paths has: the drawing with its cards, pills and lines, the list beside it, and the panel. */
export const pathsStyle = `
:root { --start: #0b57d0; --start-bg: #e4edfd; } @media screen and (prefers-color-scheme: dark) { :root { --start: #8ab4f8; --start-bg: #1d3153; } }
[hidden] { display: none !important; } h3 { margin: 1rem 0 0.25rem; font-size: 1rem; } h3 span { font-weight: 400; }
kbd { padding: 0 0.3em; border: 1px solid var(--line); border-radius: 0.25em; } .bar label[for] { display: block; font-size: 0.9rem; }
.bar { display: flex; flex-wrap: wrap; gap: 0.5rem 1.25rem; align-items: end; margin: 0.75rem 0; } .bar > div:first-child { flex: 1 1 22rem; max-width: 40rem; }
.choices { display: flex; flex-wrap: wrap; gap: 0.25rem 1rem; } .choice { display: inline-flex; align-items: center; gap: 0.2rem; min-height: 2.25rem; cursor: pointer; overflow-wrap: anywhere; }
.tools { position: absolute; inset: auto 0.5rem 0.5rem auto; display: flex; flex-wrap: wrap; gap: 0.3rem; } .tools button { min-width: 2.25rem; min-height: 2.25rem; padding: 0.2rem 0.6rem; font-size: 0.9rem; } .tools [aria-pressed=true] { color: var(--bg); background: var(--focus); border-color: var(--focus); }
#drawn { position: relative; display: flex; min-width: 0; } #count { margin: 0.2rem 0.6rem 0.4rem; font-size: 0.9rem; }
.work { display: grid; grid-template-columns: minmax(15rem, 20rem) minmax(0, 1fr); gap: 0.75rem; align-items: stretch; height: clamp(22rem, calc(100vh - 4rem), 60rem); margin-top: 0.5rem; }
.work.open { grid-template-columns: minmax(11rem, 16rem) minmax(0, 1fr) minmax(21rem, 27rem); }
#side, #panel { overflow: auto; border: 1px solid var(--line); border-radius: 0.35rem; } #side { padding: 0.25rem; } #panel { padding: 0.6rem 0.9rem; background: var(--panel); }
ul.plain { margin: 0; padding: 0; list-style: none; }
.path, .row { display: block; width: 100%; margin: 0; padding: 0.4rem 0.6rem; text-align: left; border: 1px solid transparent; background: none; overflow-wrap: anywhere; } .path .soft { display: block; font-size: 0.85rem; }
.path:hover, .row:hover { background: var(--panel); } .path[aria-pressed=true] { background: var(--start-bg); border-color: var(--start); } .path:focus-visible { outline-offset: -3px; } .row { margin: 0.15rem 0; background: var(--bg); border-color: var(--line); }
#frame { position: relative; flex: 1; min-width: 0; overflow: clip; border: 1px solid var(--line); border-radius: 0.35rem; touch-action: none; user-select: none; -webkit-user-select: none; cursor: grab; }
#moved { position: absolute; inset: 0 auto auto 0; transform-origin: 0 0; --zoom: 1; } #lines { position: absolute; overflow: visible; pointer-events: none; }
#pieces > button { position: absolute; margin: 0; color: inherit; text-align: left; overflow: hidden; } #pieces > button:focus-visible { outline-width: calc(3px / min(var(--zoom), 1)); z-index: 2; }
.card { padding: 5px 9px; border: 1px solid var(--soft); border-radius: 7px; background: var(--panel); } .card .about, .pill .about { color: var(--soft); font-size: 12px; line-height: 16px; white-space: nowrap; }
.card .about { display: block; } .card .name { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; font-size: 13px; line-height: 17px; word-break: break-all; }
.card.start { border-left: 6px solid var(--start); padding-left: 7px; } .card.target { color: var(--bad); background: var(--bad-bg); border: 2px solid var(--bad); } .card.target .about { color: inherit; } .card.many { box-shadow: 4px 4px 0 var(--bg), 4px 4px 0 1px var(--soft); }
.pill { display: flex; flex-direction: column; align-items: center; justify-content: center; padding: 0 10px; border: 1px solid var(--soft); border-radius: 20px; background: var(--bg); white-space: nowrap; font-size: 14px; line-height: 17px; font-weight: 600; } .pill .about { font-weight: 400; line-height: 14px; }
.pill.dashed { border: 2px dashed var(--odd); } .pill.cut .about { color: var(--bad); }
.line { fill: none; stroke: var(--soft); stroke-width: 1.5px; } .line.dashed { stroke: var(--odd); stroke-dasharray: 7 5; }
#pieces [aria-current=true] { outline: calc(3px / min(var(--zoom), 1)) solid var(--focus); outline-offset: 1px; }
[data-path=off] { opacity: 0.22; } button[data-path=on] { border-color: var(--focus); box-shadow: 0 0 0 2px var(--focus); } .line[data-path=on] { stroke: var(--focus); stroke-width: 4px; }
.head { position: sticky; top: -0.6rem; z-index: 1; display: flex; gap: 0.5rem; justify-content: space-between; align-items: start; margin: -0.6rem 0 0.25rem; padding: 0.6rem 0 0.4rem; background: var(--panel); } .head button { flex: none; background: var(--bg); }
.head h2 { margin: 0; overflow-wrap: anywhere; } .head h2:focus { outline: none; } .hop { padding-bottom: 0.6rem; border-bottom: 1px solid var(--line); } .hop:last-child { border: 0; }
dl { margin: 0.4rem 0; } dt { margin-top: 0.4rem; color: var(--soft); } dt.odd { color: var(--odd); font-weight: 600; } dd { margin: 0.1rem 0; overflow-wrap: anywhere; }
pre { margin: 0.2rem 0; font-size: 0.85rem !important; padding: 0.4rem 0.6rem; border: 1px solid var(--line); border-radius: 0.25rem; background: var(--bg); white-space: pre-wrap; overflow-wrap: anywhere; } .command { user-select: all; -webkit-user-select: all; }
dialog { max-width: 40rem; color: inherit; background: var(--bg); border: 1px solid var(--soft); border-radius: 0.5rem; } dialog::backdrop { background: #0008; } dialog dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.35rem 1rem; } dialog dt { margin: 0; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin: 0.4rem 0; font-size: 0.9rem; }
@media screen and (max-width: 60rem) {
  .work, .work.open { display: block; height: auto; } #frame { height: 62vh; } #drawn { margin-bottom: 0.75rem; } #side { max-height: 40vh; margin-bottom: 0.75rem; }
  .work.open #panel { position: fixed; inset: auto 0 0 0; z-index: 5; max-height: 60vh; border-radius: 0.6rem 0.6rem 0 0; box-shadow: 0 0 2rem #0006; }
}
@media print {
  body { max-width: none; padding: 0; } .bar, .tools, .head button, #more, .legend { display: none !important; } .work, .work.open { display: flex; flex-direction: column; height: auto; } #drawn { order: -1; }
  #side, #panel { overflow: visible; border: 0; padding: 0; background: none; } #drawn { break-inside: avoid; } .head { position: static; } li, .hop, pre { break-inside: avoid; } .path { padding: 0.15rem 0; font-size: 0.85rem; }
}
`
