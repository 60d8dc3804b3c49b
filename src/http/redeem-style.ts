/** How the one-time page looks: light or dark as the reader's system is, and as wide as a phone. */
export const redeemStyle = `
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--soft:#f3f5f7;--line:#d0d7de;--quiet:#57606a;--accent:#0b5cad;--on-accent:#fff;--warn:#fff4d6}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--soft:#161b22;--line:#3d444d;--quiet:#9aa4af;--accent:#79b8ff;--on-accent:#0d1117;--warn:#3a2f10}}
*{box-sizing:border-box}
body{font:17px/1.55 system-ui,sans-serif;margin:0;color:var(--ink);background:var(--paper)}
main{max-width:46rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.25rem;margin-top:2.5rem}h3{font-size:1.05rem;margin:0 0 .3rem}
p{margin:.5rem 0 1rem}a{color:var(--accent)}
.note{background:var(--warn);border-radius:8px;padding:.7rem 1rem}
.value,pre,textarea{font:15px/1.5 ui-monospace,Menlo,Consolas,monospace;background:var(--soft);color:var(--ink);border:1px solid var(--line);border-radius:8px;padding:.6rem .8rem;margin:0}
.value{overflow-wrap:anywhere;flex:1 1 16rem}
pre{overflow-x:auto}textarea{width:100%;display:block;resize:vertical;white-space:pre;overflow:auto}
.copyable{display:flex;gap:.5rem;align-items:flex-start;flex-wrap:wrap}
.copyable pre,.copyable .edit{flex:1 1 100%;min-width:0}
button{font:inherit;padding:.55rem 1.1rem;border:1px solid var(--accent);border-radius:8px;background:var(--accent);color:var(--on-accent);cursor:pointer}
button[data-copy]{font-size:.9rem;padding:.45rem .8rem;background:transparent;color:var(--accent)}
button[hidden]{display:none}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
dl{margin:0}dt{font-weight:600;margin-top:1rem}dd{margin:.25rem 0 0}
ol{padding-left:1.4rem}li{margin:0 0 1.3rem}
label{display:block;font-size:.9rem;color:var(--quiet);margin-bottom:.25rem}
details{border-top:1px solid var(--line);padding:.7rem 0}details:last-of-type{border-bottom:1px solid var(--line)}
summary{cursor:pointer;font-weight:600}details[open] summary{margin-bottom:.8rem}
@media print{button,summary::marker{display:none}}
`;
