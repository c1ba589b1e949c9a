/** The look of a report: one palette for light and one for dark, each text colour at least 4.5:1 against its card. */

/** Teal and orange are told apart by red-green blind readers; arrows and signs say the same. */
export const PALETTE = {
  light: {
    page: '#f3f4f6',
    card: '#ffffff',
    text: '#14181f',
    soft: '#566070',
    line: '#d5d9e0',
    up: '#0b7a6b',
    down: '#b4510a',
    error: '#c0262d',
    accent: '#2a5db0',
  },
  dark: {
    page: '#0f1217',
    card: '#181c23',
    text: '#e7eaf0',
    soft: '#9aa5b5',
    line: '#343b47',
    up: '#2bb8a3',
    down: '#f0883e',
    error: '#ff7b72',
    accent: '#7aa7f0',
  },
} as const;

const variables = (colours: Readonly<Record<string, string>>): string =>
  Object.entries(colours)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');

/** Heat map cells, the weakest first: a share of the colour on the card, over which text keeps its contrast. */
const SHADE_PERCENT = [7, 14, 21, 28, 35];
const shades = (['up', 'down'] as const)
  .flatMap((tone) =>
    SHADE_PERCENT.map(
      (percent, i) => `.heat td.${tone}${i + 1}{background:color-mix(in srgb,var(--${tone}) ${percent}%,transparent)}`,
    ),
  )
  .join('\n');

export const STYLE = `
:root{color-scheme:light dark;${variables(PALETTE.light)}}
@media (prefers-color-scheme:dark){:root{${variables(PALETTE.dark)}}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
main,header,footer{max-width:1120px;margin:0 auto;padding:0 16px}
header{padding-top:24px}
footer{padding-bottom:40px;color:var(--soft);font-size:13px}
h1{font-size:22px;margin:0 0 4px}
h2{font-size:17px;margin:0 0 8px}
h3{font-size:15px;margin:16px 0 4px}
p{margin:0 0 8px}
a{color:var(--accent)}
a:focus-visible,[tabindex]:focus-visible,summary:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.skip{position:absolute;left:-9999px}.skip:focus{left:16px;top:8px;background:var(--card);padding:4px 8px}
.soft{color:var(--soft)}.small{font-size:13px}
.verdict{font-size:19px;font-weight:600;margin:12px 0}
.up{color:var(--up)}.down{color:var(--down)}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:16px;margin:16px 0;min-width:0}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,460px),1fr));gap:0 24px}.pair>*{min-width:0}
nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;padding:0;margin:8px 0}
.notice{border-left:4px solid var(--line);padding:6px 12px;margin:8px 0;background:var(--card)}
.notice strong{text-transform:uppercase;font-size:12px;letter-spacing:.04em;margin-right:6px}
.notice.loud{border:2px solid var(--error);border-left-width:8px;font-size:17px}.notice.loud strong{color:var(--error);font-size:14px}
.notice.warning{border-left-color:var(--down)}.notice.warning strong{color:var(--down)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;width:100%;font-size:14px}
caption{text-align:left;font-weight:600;padding:8px 0 4px}
th,td{padding:3px 12px 3px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th{font-weight:600;color:var(--soft);font-size:13px}
tbody th{color:var(--text);font-weight:400;font-size:14px}
td.r,th.r{text-align:right;white-space:nowrap}
td.group{font-weight:600;padding-top:14px}
td.hash{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:12px;overflow-wrap:anywhere}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:0}dl.facts dt{color:var(--soft)}dl.facts dd{margin:0;overflow-wrap:anywhere}
dl.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px 16px;margin:0 0 8px}dl.tiles dt{color:var(--soft);font-size:13px}dl.tiles dd{margin:0;font-size:17px;font-variant-numeric:tabular-nums}
figure{margin:0 0 8px}figcaption{color:var(--soft);font-size:13px}
.chart{overflow-x:auto}
svg{display:block;width:100%;height:auto;color:var(--text)}svg.wide{min-width:780px}
svg text{fill:var(--soft);font-size:12px;font-family:inherit}
svg .strong{fill:var(--text)}
.axis,.grid{stroke:var(--line);fill:none;shape-rendering:crispEdges}
.line{fill:none;stroke-width:1.6;stroke-linejoin:round}
.s-accent{stroke:var(--accent)}.s-up{stroke:var(--up)}.s-down{stroke:var(--down)}.s-soft{stroke:var(--soft)}.s-error{stroke:var(--error)}
.f-accent{fill:var(--accent)}.f-up{fill:var(--up)}.f-down{fill:var(--down)}.f-soft{fill:var(--soft)}.f-error{fill:var(--error)}
.ref{stroke:var(--soft);stroke-dasharray:4 3;fill:none}
.legend{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;color:var(--soft);margin:0;padding:0;list-style:none}
.legend svg{display:inline-block;width:14px;height:10px;min-width:0;vertical-align:baseline;margin-right:5px}
.heat td,.heat th{padding:3px 5px;text-align:right;white-space:nowrap;border:1px solid var(--line);font-size:12px}.heat th[scope=row]{text-align:left}.heat small{display:block;color:var(--soft);font-size:11px}
${shades}
.meter{width:90px;height:10px;min-width:0;display:inline-block}
summary{cursor:pointer}
@media (max-width:600px){td,th{padding-right:8px}dl.facts{grid-template-columns:1fr}dl.facts dd{margin-bottom:4px}section{padding:12px}}
@media print{body{background:none}section{break-inside:avoid;border:0}}
`;
