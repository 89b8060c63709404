/** What only the page of risks has: severities, and a table whose rows open, and become cards where it is narrow. */
export const risksStyle = `
.bar { position: sticky; top: 0; z-index: 3; padding: 0.6rem 0; background: var(--bg); border-bottom: 1px solid var(--line); }
.bar label[for] { display: block; font-size: 0.9rem; } kbd { padding: 0 0.3em; border: 1px solid var(--line); border-radius: 0.25em; }
.choices { display: flex; flex-wrap: wrap; gap: 0.75rem; margin-top: 0.5rem; align-items: center; } .choice { cursor: pointer; }
select { max-width: 100%; padding: 0.35rem; font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--soft); border-radius: 0.35rem; }
.verdict { display: inline-block; padding: 0.05rem 0.5rem; border-radius: 0.3rem; font-weight: 600; white-space: nowrap; }
.bad { color: var(--bad); background: var(--bad-bg); } .odd { color: var(--odd); background: var(--odd-bg); } .verdict.soft { display: inline-block; background: var(--panel); }
.list { width: 100%; margin: 0.5rem 0; } .list th, .list td { padding: 0.4rem 0.6rem; vertical-align: top; border-bottom: 1px solid var(--line); text-align: left; }
.list thead th { background: var(--panel); } .list td > span > .soft { display: block; font-size: 0.9rem; } .over { opacity: 0.75; }
.plain { border: 0; padding: 0; background: none; font-weight: 600; } th[aria-sort=ascending] .plain::after { content: ' ▲'; } th[aria-sort=descending] .plain::after { content: ' ▼'; }
.list td:nth-child(1) { width: 7rem; } .list td:nth-child(2) { min-width: 8rem; } .list td:nth-child(3) { min-width: 12rem; } .list td:nth-child(5) { min-width: 22rem; width: 50%; }
dl { margin: 0.5rem 0; } dt { margin-top: 0.5rem; font-weight: 600; } dd { margin: 0.15rem 0 0 1rem; white-space: pre-wrap; }
.command { padding: 0.3rem 0.5rem; background: var(--panel); border-radius: 0.25rem; user-select: all; }
@media (max-width: 45rem) {
  .list thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } .list, .list tbody, .list tr, .list td { display: block; }
  .list tr { margin-bottom: 0.75rem; border: 1px solid var(--line); border-radius: 0.35rem; }
  .list td { display: grid; grid-template-columns: 5rem minmax(0, 1fr); gap: 0.5rem; } .list td::before { content: attr(data-heading); color: var(--soft); }
  .list td:nth-child(n) { min-width: 0; width: auto; } .bar { position: static; }
}
`
