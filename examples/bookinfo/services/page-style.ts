/** The page's style sheet: inline, so that the page needs nothing but itself. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5a6274; --paper: #f6f5f2; --card: #fff;
  --line: #dddad3; --accent: #2f5d50; --on-accent: #fff; --star: #1d2330; --red: #b3261e; --alert: #fdecea; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --soft: #a9b0bf; --paper: #16181d;
  --card: #1f2229; --line: #363b46; --accent: #8fd0bb; --on-accent: #10231d; --star: #e8e6e1; --red: #ff8a80; --alert: #3a1f1d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; justify-content: space-between;
  padding: .75rem max(1rem, calc(50vw - 30rem)); background: var(--card); border-bottom: 1px solid var(--line); }
.brand { font-weight: 700; color: inherit; text-decoration: none; font-size: 1.15rem; }
.session { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; margin: 0; }
input, button, .button { font: inherit; padding: .4rem .75rem; border: 1px solid var(--line); border-radius: .4rem; }
input { background: var(--paper); color: inherit; min-width: 8rem; }
button, .button { background: var(--accent); color: var(--on-accent); border-color: var(--accent); cursor: pointer; text-decoration: none; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
main { max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
.hero h1 { font: 700 2rem/1.2 Georgia, serif; margin: .5rem 0; }
.hero p { max-width: 42rem; color: var(--soft); }
.parts { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); align-items: start; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.25rem; }
.card h2 { margin: 0 0 .75rem; font-size: 1.1rem; }
dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1rem; margin: 0; }
dt { color: var(--soft); text-transform: capitalize; } dd { margin: 0; }
blockquote { margin: 0 0 1rem; padding-left: 1rem; border-left: 3px solid var(--line); }
blockquote p { margin: 0 0 .25rem; } blockquote footer { color: var(--soft); }
.stars { letter-spacing: .1em; font-size: 1.15rem; color: var(--star); } .stars.red { color: var(--red); }
.served { color: var(--soft); font-size: .9rem; margin: 1rem 0 0; overflow-wrap: anywhere; }
.version { color: var(--ink); }
.failure { background: var(--alert); border: 1px solid var(--red); border-radius: .4rem; padding: .75rem 1rem; }
.failure p { margin: 0 0 .25rem; } .status { font-variant-numeric: tabular-nums; color: var(--soft); } .warning { color: var(--red); }
`;
