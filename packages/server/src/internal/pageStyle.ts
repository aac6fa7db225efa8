/**
 * How the page looks.
 *
 * @since 0.1.0
 */
export const style = `
:root {
  --ground: #0a0e13;
  --panel: #10161e;
  --raised: #151d27;
  --line: #1f2a37;
  --text: #dce5ee;
  --muted: #8b9cb0;
  --up: #45c490;
  --down: #f4776f;
  --amber: #ffb224;
  --focus: #78aeff;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", "DejaVu Sans Mono", monospace;
}
* { box-sizing: border-box; margin: 0; }
body {
  background: var(--ground);
  color: var(--text);
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
  min-height: 100vh;
}
header, main, footer { max-width: 1440px; margin: 0 auto; padding: 0 24px; }
header {
  display: flex; flex-wrap: wrap; align-items: center; gap: 12px 20px;
  padding-top: 20px; padding-bottom: 16px;
}
h1 { font-size: 22px; font-weight: 650; letter-spacing: -0.01em; }
h2 {
  font-size: 12px; font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase;
  color: var(--muted); margin: 20px 0 10px;
}
.muted { color: var(--muted); }
.badge { display: none; }
.badge.recorded, .badge.live {
  display: flex; flex-wrap: wrap; align-items: baseline; gap: 2px 12px;
  border-radius: 8px; padding: 6px 14px;
}
.badge.recorded { background: var(--amber); color: #201500; }
.badge.live { border: 1px solid var(--up); color: var(--up); padding: 3px 12px; }
.badge b { font-size: 20px; font-weight: 800; letter-spacing: 0.06em; }
.badge.live b { font-size: 13px; }
.badge span { font-size: 13px; font-weight: 550; }
.stream { color: var(--muted); font-size: 13px; }
.stream::before {
  content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%;
  background: var(--muted); margin-right: 8px;
}
.stream.on::before { background: var(--up); }
.stream.lost { color: var(--down); font-weight: 600; }
.stream.lost::before { background: var(--down); }
.totals { display: flex; gap: 28px; margin-left: auto; }
.totals dt { color: var(--muted); font-size: 12px; }
.totals dd { font: 600 17px/1.3 var(--mono); font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 10px; background: var(--panel); }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; color: var(--muted); font-size: 12px; font-weight: 500; padding: 9px 14px; white-space: nowrap; }
td { padding: 9px 14px; border-top: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; font-family: var(--mono); font-variant-numeric: tabular-nums; white-space: nowrap; }
th.number { font-family: inherit; }
.tags { display: flex; flex-wrap: wrap; gap: 4px; min-width: 260px; }
.tags li { list-style: none; font: 12px/1.5 var(--mono); background: var(--raised); border-radius: 5px; padding: 0 7px; color: #b8c6d6; white-space: nowrap; }
ul { padding: 0; }
.state { white-space: nowrap; }
.state::before { content: ""; display: inline-block; width: 8px; height: 8px; border-radius: 50%; margin-right: 8px; background: var(--amber); }
.state.running::before { background: var(--up); }
.state.ended::before, .state.idle::before { background: var(--muted); }
.state.failed::before { background: var(--down); }
.state.unknown::before { background: var(--muted); }
.stale .cards, .stale #ladder { opacity: 0.5; }
.word { font-size: 12px; font-weight: 700; letter-spacing: 0.05em; }
.word.recorded { color: var(--amber); }
.word.live { color: var(--up); }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 380px; gap: 0 24px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(330px, 1fr)); gap: 14px; }
.card:only-child .price { font-size: 44px; }
.card:only-child svg { height: 300px; margin: 12px 0 18px; }
.card:only-child { padding: 20px 24px; }
.panel, .card { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; }
.card { position: relative; padding: 14px 16px 12px; }
.card:hover { background: var(--raised); }
.card.chosen { border-color: var(--focus); }
.card header { all: unset; display: flex; align-items: baseline; gap: 10px; }
.card button { all: unset; cursor: pointer; font-size: 16px; font-weight: 650; }
.card button::after { content: ""; position: absolute; inset: 0; border-radius: 10px; }
.card button:focus-visible::after { outline: 2px solid var(--focus); outline-offset: 2px; }
.card .venue { color: var(--muted); font-size: 13px; }
.card .change { margin-left: auto; font: 600 13px/1 var(--mono); }
.up { color: var(--up); }
.down { color: var(--down); }
.price { font: 650 28px/1.25 var(--mono); font-variant-numeric: tabular-nums; letter-spacing: -0.02em; margin-top: 4px; }
.price small { font-size: 17px; }
svg { display: block; width: 100%; height: 44px; margin: 6px 0 10px; }
svg polyline { fill: none; stroke: var(--muted); stroke-width: 1.5; vector-effect: non-scaling-stroke; stroke-linejoin: round; }
svg polygon { fill: var(--muted); opacity: 0.1; }
svg.up polyline { stroke: var(--up); } svg.up polygon { fill: var(--up); }
svg.down polyline { stroke: var(--down); } svg.down polygon { fill: var(--down); }
.facts { display: grid; grid-template-columns: auto 1fr; gap: 3px 14px; font-size: 13px; }
.facts dt { color: var(--muted); }
.facts dd { font-family: var(--mono); font-variant-numeric: tabular-nums; text-align: right; overflow-wrap: anywhere; }
.book { padding: 6px 0 10px; }
.book > p { padding: 10px 14px; }
.book caption { text-align: left; padding: 8px 14px 4px; font-weight: 650; }
.book caption span { color: var(--muted); font-weight: 400; font-size: 13px; margin-left: 8px; }
.book td { border: 0; padding: 2.5px 14px; font-size: 13px; }
.book tr.level { background: linear-gradient(to left, var(--shade) var(--part, 0%), transparent var(--part, 0%)); }
.book tr.level td:last-child { color: var(--muted); }
.asks { --shade: rgba(244, 119, 111, 0.13); }
.bids { --shade: rgba(69, 196, 144, 0.13); }
.asks td:first-child { color: var(--down); }
.bids td:first-child { color: var(--up); }
.spread td { text-align: center; color: var(--muted); font-family: var(--mono); padding: 6px 14px; }
footer { display: flex; flex-wrap: wrap; gap: 6px 20px; padding-top: 28px; padding-bottom: 28px; color: var(--muted); font-size: 13px; }
footer span { margin-left: auto; }
a { color: var(--focus); }
@media (max-width: 1000px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .totals { margin-left: 0; }
}
@media (max-width: 520px) {
  header, main, footer { padding-left: 14px; padding-right: 14px; }
  .cards { grid-template-columns: minmax(0, 1fr); }
  .totals { gap: 20px; }
  .tags { flex-wrap: nowrap; }
}
`
