/** What only the page of reach has: the grid of groups, verdicts, and a table that becomes cards where it is narrow. */
export const reachStyle = `
.bar { position: sticky; top: 0; z-index: 3; padding: 0.6rem 0; background: var(--bg); border-bottom: 1px solid var(--line); }
.bar label[for] { display: block; font-size: 0.9rem; } kbd { padding: 0 0.3em; border: 1px solid var(--line); border-radius: 0.25em; }
#kinds { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-top: 0.5rem; } #kinds label { cursor: pointer; }
.verdict { display: inline-block; padding: 0.05rem 0.5rem; border-radius: 0.3rem; font-weight: 600; white-space: nowrap; }
.good { color: var(--good); background: var(--good-bg); } .bad { color: var(--bad); background: var(--bad-bg); } .odd { color: var(--odd); background: var(--odd-bg); }
.scroll { overflow: auto; max-height: 75vh; border: 1px solid var(--line); border-radius: 0.35rem; }
.matrix { border-collapse: separate; border-spacing: 2px; }
.matrix th, .matrix td:first-child { background: var(--bg); font-weight: 400; }
.matrix th[scope=row] { position: sticky; left: 0; z-index: 1; max-width: 28rem; padding: 0 0.5rem; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.matrix th[scope=col] { position: sticky; top: 0; vertical-align: bottom; height: 15rem; padding: 0.4rem 0; }
.matrix th[scope=col] .name { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 14.5rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.matrix tr:first-child td { position: sticky; left: 0; top: 0; z-index: 2; vertical-align: bottom; padding: 0.4rem 0.5rem; color: var(--soft); font-size: 0.85rem; }
.matrix td { padding: 0; min-width: 2rem; height: 2rem; background: var(--panel); }
.cell { width: 100%; height: 100%; padding: 0 0.2rem; border: 0; border-radius: 0; font-weight: 700; }
.cell.good { color: var(--good); background: var(--good-bg); } .cell.bad { color: var(--bad); background: var(--bad-bg); } .cell.odd { color: var(--odd); background: var(--odd-bg); }
.cell.mixed { box-shadow: inset 0 -0.3rem 0 var(--soft); }
.list { width: 100%; margin: 0.5rem 0; } .list th, .list td { padding: 0.4rem 0.6rem; vertical-align: top; border-bottom: 1px solid var(--line); }
.list thead th { background: var(--panel); } .list .soft { display: block; }
.list th:first-child { width: 8rem; } .list td:nth-child(4) { min-width: 7rem; overflow-wrap: break-word; } .list td:nth-child(5) { min-width: 17rem; }
.list td:nth-child(2), .list td:nth-child(3) { min-width: 13rem; }
.list details ul { max-height: 20rem; overflow: auto; margin: 0.25rem 0; }
#picked { overflow-wrap: anywhere; text-align: left; }
@media (max-width: 45rem) {
  .list thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } .list, .list tbody, .list tr, .list td { display: block; }
  .list tr { margin-bottom: 0.75rem; border: 1px solid var(--line); border-radius: 0.35rem; }
  .list td { display: grid; grid-template-columns: 5rem 1fr; gap: 0.5rem; } .list td::before { content: attr(data-heading); color: var(--soft); }
  .list td:nth-child(n) { min-width: 0; } .bar { position: static; } .matrix th[scope=row] { max-width: 9rem; }
}
`
