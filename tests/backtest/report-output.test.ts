/** What a person is given: one offline page that nothing can break out of, JSON with units, and a screen of text. */
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { htmlReport } from '../../src/backtest/report/html-report.ts';
import { jsonReport } from '../../src/backtest/report/json-report.ts';
import { html } from '../../src/backtest/report/page/html.ts';
import { linearScale, numberTicks, timeTicks } from '../../src/backtest/report/page/scale.ts';
import { PALETTE } from '../../src/backtest/report/page/style.ts';
import { reportOf } from '../../src/backtest/report/report.ts';
import { backtestText } from '../../src/cli/backtest-text.ts';
import { walkResult } from './report-fixture.ts';
import { smallResult, trade, withAssumptions } from './small-result.ts';

const walk = walkResult();
const page = htmlReport(reportOf(walk));

test('the page has every section, and fits into a megabyte with many symbols and trades', () => {
  const ids = [
    'summary',
    'equity',
    'trades',
    'groups',
    'excursions',
    'hours',
    'calibration',
    'decisions',
    'monte-carlo',
  ];
  for (const id of [...ids, 'figures', 'list', 'assumptions']) {
    expect(page).toContain(`<section id="${id}"`);
    expect(page).toContain(`href="#${id}"`);
  }
  const symbols = Array.from({ length: 12 }, (_, i) => `SYM${i}`);
  const large = walkResult({ symbols, days: 730, entries: 0.03 });
  expect(large.trades.length).toBeGreaterThan(5_000);
  const written = htmlReport(reportOf(large, { runs: 50 }));
  expect(Buffer.byteLength(written)).toBeLessThan(1_000_000);
  expect(written).toContain(`The first 500 of ${large.trades.length} trades`);
});

test('nothing comes from the network, no script runs, and the policy holds it to that', () => {
  expect(page).not.toMatch(/<script|https?:|\bsrc=|@import|url\(|javascript:|\son[a-z]+=|style=/i);
  const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1] ?? '';
  expect(policy.replaceAll('&#39;', "'")).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
  );
  expect(page).not.toMatch(/NaN|Infinity|undefined|\[object/);
});

test('names from files cannot become markup', () => {
  const evil = `"><script>alert(1)</script><b onclick='x'>&`;
  const { assumptions } = withAssumptions({ symbols: [evil], signalSource: evil, spread: evil, seed: evil });
  const result = smallResult({ assumptions, trades: [trade(0, 40, { symbol: evil })] });
  const written = htmlReport(reportOf(result, { runs: 10 }));
  expect(written).not.toContain('<script');
  expect(written).not.toContain('<b onclick');
  expect(written).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  expect(html`<a title="${evil}">${[html`<i>${1}</i>`]}${null}</a>`.html).toBe(
    '<a title="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;b onclick=&#39;x&#39;&gt;&amp;"><i>1</i></a>',
  );
});

test('tags are closed, charts are described, tables have captions and heads', () => {
  const open: string[] = [];
  for (const [, closing, name = '', selfClosing] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/g)) {
    if (selfClosing === '/' || ['meta', 'br'].includes(name)) continue;
    if (closing === '') open.push(name);
    else expect(open.pop()).toBe(name);
  }
  expect(open).toEqual([]);
  const drawings = [...page.matchAll(/<svg [^>]*>/g)].map(([tag]) => tag);
  expect(drawings.length).toBeGreaterThan(20);
  expect(drawings.filter((tag) => !/role="img" aria-label="[^"]{20,}"|aria-hidden="true"/.test(tag))).toEqual([]);
  const count = (pattern: RegExp) => [...page.matchAll(pattern)].length;
  expect(count(/<table/g)).toBe(count(/<caption>[^<]/g));
  expect(count(/<th scope="col"/g)).toBeGreaterThan(count(/<table/g));
});

test('every colour of text has a contrast of 4.5 on its card, in light and in dark', () => {
  const channel = (value: number) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (colour: string) => {
    const [r, g, b] = [1, 3, 5].map((from) => channel(Number.parseInt(colour.slice(from, from + 2), 16) / 255));
    return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
  };
  const contrast = (a: string, b: string) => {
    const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
    return (high! + 0.05) / (low! + 0.05);
  };
  for (const { card, page: back, text, soft, up, down, error, accent } of Object.values(PALETTE)) {
    for (const colour of [text, soft, up, down, error, accent]) expect(contrast(colour, card)).toBeGreaterThan(4.5);
    for (const colour of [text, soft, accent]) expect(contrast(colour, back)).toBeGreaterThan(4.5);
  }
});

test('the page of a test without trades is still a page', () => {
  const written = htmlReport(reportOf(smallResult({ trades: [], days: [] })));
  expect(written).toContain('nothing was traded');
  expect(written).not.toMatch(/NaN|Infinity|undefined/);
});

test('JSON says units, marks what is not meaningful, has every trade and no micros', () => {
  const document = JSON.parse(JSON.stringify(jsonReport(reportOf(smallResult()))));
  expect(document.figures.change).toMatchObject({ value: 50, unit: 'money', label: 'change of equity' });
  expect(document.figures.change.meaningful).toBeUndefined();
  expect(document.figures.winRate).toMatchObject({ value: 0.75, unit: 'ratio', n: 4, of: 'trades', meaningful: false });
  expect(document.units.money).toBe('USD');
  const figures: { unit: string; definition: string }[] = Object.values(document.figures);
  expect(figures.filter(({ unit, definition }) => !(unit in document.units) || definition.length < 5)).toEqual([]);
  expect(document.figures.drawdownTroughAt).toMatchObject({ value: '2024-01-31T06:00:00.000Z', unit: 'iso' });
  expect(document.assumptions).toMatchObject({ balance: 1_000, commissionPerLot: 5, from: '2024-01-29T00:00:00.000Z' });
  expect(document.trades).toHaveLength(4);
  expect(document.trades[1]).toMatchObject({ profit: -52, rMultiple: -2.6, closedAt: '2024-01-31T12:00:00.000Z' });
  expect(JSON.parse(JSON.stringify(jsonReport(reportOf(walk)))).trades[0]).toMatchObject({ lots: 0.1 });
});

test('the text fits a screen: verdict first, then warnings, columns aligned', () => {
  const lines = backtestText(reportOf(walk)).split('\n');
  expect(lines[0]).toMatch(/ USD \([+−]?\d+\.\d %\) in 369 days, \d+ trades: /);
  expect(lines.length).toBeLessThan(55);
  const [profit, total] = ['average win', 'commission'].map((label) =>
    lines.find((line) => line.startsWith(`  ${label}`)),
  );
  expect(profit?.indexOf('average loss')).toBe(total?.indexOf('spread'));
  const inSample = withAssumptions({ from: walk.assumptions.from });
  const loud = { ...smallResult(), assumptions: { ...inSample.assumptions } };
  expect(backtestText(reportOf(loud)).split('\n')[1]).toMatch(/^!! IN SAMPLE/);
});

test('ticks are round numbers and round moments of UTC', () => {
  const labels = (scale: ReturnType<typeof linearScale>, count: number) =>
    timeTicks(scale, count).map(({ label }) => label);
  expect(numberTicks(linearScale(0.13, 0.92, 0, 1), 4, (value) => value.toFixed(1)).map(({ label }) => label)).toEqual([
    '0.2',
    '0.4',
    '0.6',
    '0.8',
  ]);
  const at = (iso: string) => Date.parse(iso);
  expect(labels(linearScale(at('2023-11-15T00:00Z'), at('2024-03-02T00:00Z'), 0, 1), 4)).toEqual([
    '2023-12',
    '2024-01',
    '2024-02',
    '2024-03',
  ]);
  expect(labels(linearScale(at('2024-01-01T05:00Z'), at('2024-01-01T20:00Z'), 0, 1), 3)).toEqual([
    '01-01 06:00',
    '01-01 12:00',
    '01-01 18:00',
  ]);
  // A line that does not move is drawn in the middle.
  expect(linearScale(5, 5, 0, 100).place(5)).toBe(50);
});
