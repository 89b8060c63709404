/** What all pages look like: light or dark as the system is, large enough for tired eyes, no colour without a mark beside it. */
export const baseStyle = `
:root { color-scheme: light dark; --bg: #fff; --fg: #16191d; --soft: #5a636e; --line: #c9d0d8; --panel: #f3f5f7; --focus: #0b57d0;
  --good: #0f6b34; --good-bg: #d7f2df; --bad: #a3171c; --bad-bg: #fbe0df; --odd: #7a4b00; --odd-bg: #ffedc2; }
@media screen and (prefers-color-scheme: dark) { :root { --bg: #14171a; --fg: #e8eaed; --soft: #a4adb7; --line: #3a424b; --panel: #1e2328; --focus: #8ab4f8;
  --good: #7fdc9f; --good-bg: #173a25; --bad: #ff9c96; --bad-bg: #47201f; --odd: #ffcf70; --odd-bg: #453208; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem clamp(0.75rem, 3vw, 2.5rem) 4rem; max-width: 110rem; background: var(--bg); color: var(--fg);
  font: 1rem/1.45 system-ui, sans-serif; }
h1 { margin: 0 0 0.25rem; font-size: 1.5rem; } h2 { margin: 1.75rem 0 0.5rem; font-size: 1.15rem; }
p, ul { margin: 0.4rem 0; } ul { padding-left: 1.25rem; }
.soft { color: var(--soft); } .name { font-family: ui-monospace, monospace; font-size: 0.92em; unicode-bidi: isolate; overflow-wrap: anywhere; }
.warn, .note { margin: 0.75rem 0; padding: 0.6rem 0.9rem; border-left: 0.4rem solid; border-radius: 0.25rem; overflow-wrap: anywhere; }
.warn { border-color: var(--bad); background: var(--bad-bg); } .note { border-color: var(--odd); background: var(--odd-bg); }
input[type=search] { width: 100%; max-width: 40rem; padding: 0.5rem 0.7rem; font: inherit; color: inherit; background: var(--bg); border: 1px solid var(--soft); border-radius: 0.35rem; }
button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line); border-radius: 0.35rem; padding: 0.35rem 0.8rem; cursor: pointer; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 1px; }
summary { cursor: pointer; }
table { border-collapse: collapse; } th { text-align: left; font-weight: 600; }
@media print { .bar { position: static !important; } }
`
