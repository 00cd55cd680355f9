/** The page's CSS, for light mode, dark mode and print. Nothing depends on colour alone; contrasts are at least 4.5:1. */

/** A table as cards, one for each row. The headers stay for screen readers; each cell has its own label. */
const cards = (table: string) => `
    ${table}, ${table} caption, ${table} tbody, ${table} tr, ${table} th, ${table} td { display: block; }
    ${table} thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
    ${table} tbody { display: grid; gap: .7rem; }
    ${table} tbody tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: .5rem .8rem; padding: .6rem .8rem; background: var(--panel); border-left: 3px solid var(--line); }
    ${table} tbody :is(th, td) { border: 0; padding: 0; text-align: left; white-space: normal; min-width: 0; overflow-wrap: anywhere; }
    ${table} tbody td.number { text-align: left; }
    ${table} tbody th, ${table} tbody td.prose { grid-column: 1 / -1; }
    ${table} tbody th .detail { display: inline; }
    ${table} tbody td::before { content: attr(data-label); display: block; color: var(--soft); font-size: .8rem; }`;

export const STYLE = `
:root {
    color-scheme: light dark;
    --page: #ffffff; --panel: #f4f6f8; --text: #1a1f24; --soft: #4b5661; --line: #d3d9df;
    --canary: #a84300; --stable: #005f9e; --limit: #5c5c5c; --good: #00624d; --bad: #9b1c1c; --open: #6a5300;
    --promoted: var(--good); --rolledBack: var(--bad); --held: var(--open); --unfinished: #4b5661;
}
@media (prefers-color-scheme: dark) {
    :root {
        --page: #14181c; --panel: #1e242a; --text: #e8ebee; --soft: #b0bac4; --line: #3a434c;
        --canary: #ffa057; --stable: #74bdff; --limit: #bdbdbd; --good: #5fd6b4; --bad: #ff9a8f; --open: #f0cc5c; --unfinished: #b0bac4;
    }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
h1, h2, h3, li { overflow-wrap: anywhere; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .5rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: 0 0 .6rem; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.summary { background: var(--panel); border-left: .5rem solid var(--outcome); padding: 1rem 1.2rem; }
.summary h1 span { color: var(--outcome); }
.headline { font-size: 1.15rem; overflow-wrap: anywhere; }
.why { color: var(--soft); overflow-wrap: anywhere; }
a { color: var(--stable); }
.links, nav ul, .legend { list-style: none; margin: 0; padding: 0; display: flex; flex-wrap: wrap; }
.images span { display: inline-block; margin-right: 1.5rem; }
.links { gap: .3rem 1.2rem; }
.links li { overflow-wrap: anywhere; }
nav { border-bottom: 1px solid var(--line); }
nav ul { gap: 0 1.2rem; }
nav a { display: inline-block; padding: .7rem 0; }
.legend { gap: .1rem 1rem; font-size: .875rem; }
.key { display: inline-block; width: 1.7rem; margin-right: .4rem; vertical-align: middle; border-top: 3px solid; }
.key.dashed { border-top-style: dashed; }
.key.dotted { border-top-style: dotted; }
.key.canary { border-color: var(--canary); } .key.stable { border-color: var(--stable); } .key.limit { border-color: var(--limit); }
.key.good { border-color: var(--good); } .key.bad { border-color: var(--bad); }
.key.point { width: .5rem; height: .5rem; border: 1.5px solid var(--text); border-radius: 50%; margin: 0 .8rem 0 .4rem; }
.verdict { font-weight: 600; white-space: nowrap; }
.verdict.pass { color: var(--good); } .verdict.fail { color: var(--bad); }
.verdict.inconclusive, .verdict.waiting, .verdict.error { color: var(--open); }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr)); gap: .8rem 1.5rem; margin: 1rem 0 0; }
.facts dt { color: var(--soft); font-size: .875rem; }
.facts dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
.charts { display: grid; align-items: start; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 1.5rem; }
.charts details { margin-bottom: 1.2rem; }
figure { margin: 0; min-width: 0; max-width: 36rem; display: grid; grid-row: span 3; grid-template-rows: subgrid; grid-template-columns: minmax(0, 1fr); row-gap: .25rem; }
figcaption p { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: auto; }
summary { cursor: pointer; color: var(--soft); font-size: .875rem; padding: .25rem 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
caption span { display: inline-block; position: sticky; left: 0; max-width: min(100%, calc(100vw - 2rem)); }
caption { text-align: left; color: var(--soft); font-size: .875rem; padding: .2rem 0 .4rem; }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-bottom: 2px solid var(--soft); }
th.number, td.number { text-align: right; white-space: nowrap; }
tbody th { font-weight: 600; }
td.text { min-width: 7rem; overflow-wrap: anywhere; }
td.prose { min-width: 17rem; overflow-wrap: anywhere; }
td.fixed, tbody th.fixed { white-space: nowrap; }
.detail { display: block; font-weight: 400; color: var(--soft); }
.act { font-weight: 700; }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .875rem; }
footer p { overflow-wrap: anywhere; }
:focus-visible { outline: 3px solid var(--stable); outline-offset: 2px; }
section { scroll-margin-top: 1rem; }
@media screen and (max-width: 60rem) {${cards("table.wide")}
}
@media screen and (max-width: 40rem) {${cards("table")}
    table.matrix tbody tr { grid-template-columns: repeat(auto-fill, minmax(4.8rem, 1fr)); }
    h1 { font-size: 1.4rem; }
    .summary { padding: .8rem; }
}
@page { size: A4; margin: 14mm; }
@media print {
    :root {
        color-scheme: light;
        --page: #ffffff; --panel: #ffffff; --text: #000000; --soft: #333333; --line: #c4c4c4;
        --canary: #a84300; --stable: #005f9e; --limit: #5c5c5c; --good: #00624d; --bad: #9b1c1c; --open: #6a5300; --unfinished: #333333;
    }
    body { font-size: 10pt; }
    main { max-width: none; padding: 0; }
    .summary { border: 1pt solid var(--soft); border-left: 6pt solid var(--outcome); }
    .charts { grid-template-columns: 1fr 1fr; gap: 0 6mm; }
    figure { grid-row: span 2; margin-bottom: 3mm; }
    figcaption p { font-size: 8pt; }
    figure, tr, .summary { break-inside: avoid; }
    h2, h3, thead { break-after: avoid; }
    h2 { margin-top: 5mm; }
    details, nav { display: none; }
    .scroll { overflow: visible; }
    table { font-size: 8pt; }
    caption { font-size: 8pt; }
    h1 { font-size: 16pt; }
    h2 { font-size: 13pt; }
    h3 { font-size: 10pt; }
    .headline { font-size: 11pt; }
    .legend { font-size: 8pt; }
    th, td { padding: 1mm 1.5mm; }
    td.text, td.prose { min-width: 0; }
    caption span { position: static; max-width: none; }
}
`;
