/** The one stylesheet: no classes where an element says it, both themes, phone width first. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --ground: light-dark(#f6f7f9, #14171c);
  --surface: light-dark(#ffffff, #1c2027);
  --raised: light-dark(#eef1f5, #262b34);
  --line: light-dark(#cfd6de, #3a414d);
  --text: light-dark(#1b2129, #e7ebf0);
  --quiet: light-dark(#4f5b69, #a9b4c2);
  --accent: light-dark(#0b57a8, #7cb8ff);
  --on-accent: light-dark(#ffffff, #0d1a29);
  --good: light-dark(#176b37, #6fd392);
  --on-good: light-dark(#ffffff, #0a1f12);
  --bad: light-dark(#a8211c, #ff9c94);
  --on-bad: light-dark(#ffffff, #2b0b09);
  --warn: light-dark(#7a4d00, #f2c265);
  --good-soft: light-dark(#e3f4e9, #173524);
  --bad-soft: light-dark(#fdeae8, #43201d);
  --warn-soft: light-dark(#fdf3dc, #3d3115);
  --radius: 8px;
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
  display: grid; grid-template-rows: auto 1fr; min-height: 100vh;
}
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.2rem; margin: 2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 1.2rem 0 .4rem; }
p { margin: .5rem 0; max-width: 70ch; }
a { color: var(--accent); text-underline-offset: 2px; }
code, pre, .value { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .92em; }
pre, .value { background: var(--raised); border-radius: 6px; padding: .5rem .7rem; overflow-x: auto; margin: .4rem 0; }
.value { overflow-wrap: anywhere; }
small, .quiet { color: var(--quiet); font-size: .9rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
.skip { position: absolute; left: -100vw; background: var(--surface); padding: .5rem 1rem; z-index: 3; }
.skip:focus { left: .5rem; top: .5rem; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.bar {
  display: flex; gap: .5rem 1rem; align-items: center; flex-wrap: wrap;
  padding: .5rem 1rem; background: var(--surface); border-bottom: 1px solid var(--line);
}
.bar .brand { font-weight: 700; color: var(--text); text-decoration: none; }
.bar .who { margin-left: auto; display: flex; gap: .8rem; align-items: center; min-width: 0; }
.bar .who span { overflow: hidden; text-overflow: ellipsis; max-width: 16rem; }
.bar form { margin: 0; }
.switcher { position: relative; }
.switcher summary { padding: .3rem .6rem; border: 1px solid var(--line); border-radius: var(--radius); }
.switcher ul {
  position: absolute; z-index: 2; margin: .3rem 0 0; padding: .4rem; list-style: none; min-width: 14rem;
  background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); box-shadow: 0 6px 20px rgb(0 0 0 / .2);
}
.switcher a { display: block; padding: .35rem .5rem; border-radius: 6px; text-decoration: none; }
.switcher a:hover { background: var(--raised); }

.frame { display: grid; grid-template-columns: minmax(0, 1fr); align-items: start; }
nav.sections { padding: .8rem; }
nav.sections[popover] { border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); color: var(--text); width: min(20rem, 92vw); }
nav.sections h2 { font-size: .78rem; letter-spacing: .06em; text-transform: uppercase; color: var(--quiet); margin: 1rem .6rem .2rem; }
nav.sections h2:first-child { margin-top: .2rem; }
nav.sections ul { list-style: none; margin: 0; padding: 0; }
nav.sections a { display: block; padding: .4rem .6rem; border-radius: 6px; color: var(--text); text-decoration: none; }
nav.sections a:hover { background: var(--raised); }
nav.sections a[aria-current] { background: var(--raised); font-weight: 600; box-shadow: inset 3px 0 var(--accent); }
main { padding: 1rem; max-width: 76rem; width: 100%; min-width: 0; }
main.narrow { max-width: 34rem; margin: 6vh auto; }
.trail { font-size: .9rem; color: var(--quiet); margin: 0 0 .4rem; }
.trail ol { list-style: none; display: flex; flex-wrap: wrap; gap: .3rem; padding: 0; margin: 0; }
.trail li + li::before { content: "›"; margin-right: .3rem; }
.head { display: flex; gap: .6rem 1rem; align-items: center; flex-wrap: wrap; margin-bottom: 1rem; }
.head .actions { margin-left: auto; display: flex; gap: .5rem; flex-wrap: wrap; }

.card { background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); padding: 1rem 1.2rem; margin: 0 0 1rem; }
.card > h2:first-child, .card > h3:first-child, .card > p:first-child { margin-top: 0; }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(15rem, 100%), 1fr)); margin-bottom: 1rem; }
.cards .card { margin: 0; }
.figure { font-size: 1.8rem; font-weight: 650; line-height: 1.2; }
.notice, .warning, .problem { border-radius: var(--radius); padding: .7rem 1rem; margin: 0 0 1rem; border: 1px solid; }
.notice { background: var(--good-soft); border-color: var(--good); }
.warning { background: var(--warn-soft); border-color: var(--warn); }
.problem { background: var(--bad-soft); border-color: var(--bad); }
.problem h2 { margin: 0 0 .3rem; font-size: 1.05rem; }
.problem ul { margin: .2rem 0; padding-left: 1.2rem; }
.problem a { color: inherit; }
.empty { text-align: center; padding: 2rem 1rem; color: var(--quiet); }
.empty p { margin: .4rem auto; }

button, .button {
  font: inherit; font-weight: 600; display: inline-block; cursor: pointer; text-decoration: none;
  padding: .45rem .95rem; border-radius: var(--radius); border: 1px solid var(--line); background: var(--surface); color: var(--text);
}
button:hover, .button:hover { background: var(--raised); }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
.add { background: var(--good); border-color: var(--good); color: var(--on-good); }
.danger { color: var(--bad); border-color: var(--bad); }
.danger.sure { background: var(--bad); color: var(--on-bad); }
.primary:hover, .add:hover, .danger.sure:hover { filter: brightness(1.08); background: var(--fill); }
.primary { --fill: var(--accent); } .add { --fill: var(--good); } .danger.sure { --fill: var(--bad); }
.plain { border-color: transparent; background: none; padding: .3rem .5rem; font-weight: 400; color: var(--accent); text-decoration: underline; }

.fields { display: grid; gap: .9rem; max-width: 40rem; }
.field { display: grid; gap: .2rem; }
.field label, legend { font-weight: 600; }
fieldset > .hint { grid-column: 1 / -1; }
.field .hint, fieldset > .hint { color: var(--quiet); font-size: .9rem; }
.field .wrong { color: var(--bad); font-weight: 600; font-size: .93rem; }
fieldset { border: 1px solid var(--line); border-radius: var(--radius); padding: .7rem 1rem; margin: 0; }
fieldset:not(.group, .names) { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(13rem, 100%), 1fr)); gap: 0 1rem; }
fieldset.fields { gap: .8rem 1rem; align-items: end; }
fieldset.fields > p, fieldset.fields > details { grid-column: 1 / -1; margin: 0; }
textarea[rows] { min-height: 0; }
.card > form + button, .card > dl.facts + form { margin-top: .9rem; }
fieldset.group { background: var(--surface); padding: 1rem 1.2rem; }
fieldset.group > legend { font-size: 1.1rem; padding: 0 .4rem; }
.check { display: flex; gap: .5rem; align-items: baseline; padding: .15rem 0; }
input:not([type=checkbox], [type=radio]), select, textarea {
  font: inherit; color: inherit; background: var(--surface); width: 100%;
  border: 1px solid light-dark(#7c8794, #7d8896); border-radius: 6px; padding: .42rem .6rem;
}
textarea { min-height: 7rem; font-family: ui-monospace, monospace; font-size: .9rem; }
[aria-invalid=true] { border-color: var(--bad); border-width: 2px; }
input[type=checkbox], input[type=radio] { accent-color: var(--accent); width: 1.05rem; height: 1.05rem; flex: none; }
form.filter { display: flex; flex-wrap: wrap; gap: .6rem; align-items: end; margin-bottom: 1rem; }
form.filter .field.wide { flex: 1 1 22rem; }
form.filter .field { min-width: min(12rem, 100%); flex: 0 1 14rem; }
.htmx-request { opacity: .6; }

.table { position: relative; overflow-x: auto; background: var(--surface); border: 1px solid var(--line); border-radius: var(--radius); margin-bottom: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .55rem .8rem; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child > td, tr:last-child > th { border-bottom: 0; }
thead th { font-size: .85rem; color: var(--quiet); background: var(--raised); white-space: nowrap; }
tbody th { font-weight: 600; }
tbody th time { font-weight: 400; }
td.actions { text-align: right; white-space: nowrap; }
td.actions > * { vertical-align: middle; }
td, tbody th { overflow-wrap: break-word; min-width: 7rem; max-width: 26rem; }
td button, td .button { padding: .2rem .7rem; font-size: .92rem; }
td.actions { min-width: 0; }
dl.facts { display: grid; grid-template-columns: minmax(0, 1fr); gap: .2rem 1.2rem; margin: 0; }
dl.facts dt { color: var(--quiet); font-weight: 600; font-size: .9rem; }
dl.facts dd { margin: 0 0 .6rem; overflow-wrap: anywhere; }
.badge { display: inline-block; border: 1px solid currentColor; border-radius: 99px; padding: 0 .6rem; font-size: .85rem; font-weight: 600; white-space: nowrap; }
.badge.good { color: var(--good); } .badge.bad { color: var(--bad); } .badge.warn { color: var(--warn); } .badge.neutral { color: var(--quiet); }
.pages { display: flex; gap: .6rem; justify-content: flex-end; margin: 0 0 1rem; }
[popover].dialog { border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); color: var(--text); padding: 1.2rem; max-width: min(30rem, 92vw); text-align: left; white-space: normal; }
[popover].dialog::backdrop { background: rgb(0 0 0 / .45); }
.dialog .row { display: flex; gap: .6rem; justify-content: flex-end; margin-top: 1rem; flex-wrap: wrap; }
.copy { display: flex; gap: .5rem; align-items: stretch; }
.copy .value { flex: 1; margin: 0; min-width: 0; }
.tabs { display: flex; gap: .2rem; border-bottom: 1px solid var(--line); margin-bottom: 1rem; flex-wrap: wrap; }
.tabs a { padding: .5rem .9rem; text-decoration: none; color: var(--text); border-bottom: 3px solid transparent; }
.tabs a[aria-current] { border-color: var(--accent); font-weight: 600; }
ol.chain { list-style-position: inside; padding: 0; margin: 0 0 .8rem; display: grid; gap: .4rem; }
ol.chain li { display: flex; gap: .5rem; align-items: center; flex-wrap: wrap; padding: .35rem .6rem; border: 1px solid var(--line); border-radius: 6px; }
ol.chain button { padding: .2rem .7rem; font-size: .92rem; }
ol.chain { counter-reset: place; } ol.chain li::before { counter-increment: place; content: counter(place) "."; color: var(--quiet); }
.depth-1 { padding-left: 1.2rem; } .depth-2 { padding-left: 2.4rem; } .depth-3 { padding-left: 3.6rem; } .depth-4 { padding-left: 4.8rem; }
.grow { flex: 1 1 10rem; min-width: 0; overflow-wrap: anywhere; }
.row { display: flex; gap: .6rem; flex-wrap: wrap; align-items: center; }
.row select { width: auto; max-width: 100%; }
.card > .spaced { margin: 1.2rem 0 0; } .spaced > dl { margin-top: .8rem; }
.head form { margin: 0; }
button:disabled { opacity: .45; cursor: default; }
input[role=switch] { appearance: none; width: 2.6rem; height: 1.4rem; border-radius: 99px; background: var(--quiet); position: relative; cursor: pointer; flex: none; align-self: center; margin: 0; }
input[role=switch]::after { content: ""; position: absolute; inset: .2rem auto .2rem .2rem; width: 1rem; border-radius: 50%; background: var(--surface); }
input[role=switch]:checked { background: var(--good); }
input[role=switch]:checked::after { left: 1.4rem; }
summary { cursor: pointer; }
details { margin: 1rem 0; }
.bar details { margin: 0; }
.people { display: grid; gap: .5rem; }
.people button { width: 100%; text-align: left; display: grid; }
.people small { font-weight: 400; }
nav.sections .group { padding: .5rem .6rem .1rem; font-size: .85rem; color: var(--quiet); font-weight: 600; }
.name { overflow-wrap: anywhere; unicode-bidi: isolate; }
td .name, tbody th .name { overflow-wrap: break-word; }
tbody th:has(.name) { min-width: 14rem; }
tbody th small { font-weight: 400; display: block; }
.escape { background: var(--warn-soft); color: var(--warn); border-radius: 4px; padding: 0 .2rem; font-size: .8em; }
.plain-list { list-style: none; margin: 0; padding: 0; display: grid; gap: .1rem; }
.whole { white-space: nowrap; }
.name-row { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: .4rem .5rem; align-items: center; margin: .3rem 0 .8rem; }
.name-row input { grid-column: 1 / -1; grid-row: 2; }
.facts + .problem, .facts + .warning, .facts + .card { margin-top: 1rem; }
.timeline { list-style: none; margin: 0 0 1rem; padding: 0; }
.timeline > li { border-left: 3px solid var(--line); padding: 0 0 1.1rem 1.1rem; position: relative; }
.timeline > li::before { content: ""; position: absolute; left: -.47rem; top: .35rem; width: .75rem; height: .75rem; border-radius: 50%; background: var(--accent); border: 2px solid var(--ground); }
.timeline > li:last-child { border-color: transparent; padding-bottom: .3rem; }
.timeline small, .plain-list small { font-weight: 400; }
.timeline h3 { margin: 0; display: flex; gap: .6rem; flex-wrap: wrap; align-items: baseline; }
.timeline .warning { margin: .5rem 0; }
.decide { display: flex; gap: .6rem; flex-wrap: wrap; margin-top: 1rem; align-items: center; }
.decide form { margin: 0; }
.card > details { margin: .8rem 0 0; }
.cards.figures { grid-template-columns: repeat(auto-fit, minmax(min(10rem, 44%), 1fr)); }
ol.steps { list-style: none; counter-reset: step; padding: 0; margin: 0; display: grid; gap: .8rem; }
ol.steps > li { counter-increment: step; margin: 0; }
ol.steps > li[aria-current] { border-color: var(--accent); box-shadow: inset 4px 0 var(--accent); }
ol.steps h2 { font-size: 1.05rem; }
ol.steps h2::before { content: counter(step) ". "; }
.halves { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)); margin-bottom: 1rem; align-items: start; }
.halves > .card { margin: 0; }
.attention { border-left: 4px solid var(--warn); }
.attention ul { margin: .3rem 0; padding-left: 1.2rem; }
svg.share { display: block; width: 7rem; height: .5rem; margin-top: .3rem; }
svg.share rect { fill: var(--accent); }
svg.chart { width: 100%; height: auto; display: block; }
svg.chart text { fill: var(--text); font-size: 12px; font-family: inherit; }
svg.chart .axis { stroke: var(--line); }
svg.chart .bar { fill: var(--accent); }
svg.chart .second { fill: var(--bad); }
svg.qr { background: #fff; width: 12rem; max-width: 100%; height: auto; border-radius: 6px; }

@media (min-width: 56rem) {
  .frame { grid-template-columns: 15.5rem minmax(0, 1fr); }
  .menu { display: none; }
  nav.sections[popover] { display: block; position: sticky; top: 0; inset: auto; margin: 0; border: 0; background: none; width: auto; max-height: 100vh; overflow-y: auto; }
  main { padding: 1.2rem 2rem 3rem; }
  dl.facts { grid-template-columns: max-content minmax(0, 1fr); }
  dl.facts dd { margin-bottom: .35rem; }
  .name-row { grid-template-columns: 7rem minmax(0, 1fr) auto; margin-bottom: .3rem; }
  .name-row input { grid-column: 2; grid-row: 1; }
}
@media (max-width: 30rem) {
  td .name, tbody th .name { overflow-wrap: anywhere; }
  tbody th:has(.name) { min-width: 10rem; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
`;
