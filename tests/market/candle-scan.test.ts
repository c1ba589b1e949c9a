/** The fast way through a candle file against the slow one: whatever the file, they read the same or both refuse. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FaultList } from '../../src/market/candle-file-error.ts';
import { readHeader } from '../../src/market/candle-header.ts';
import { CandleRows } from '../../src/market/candle-rows.ts';
import { scanCandles } from '../../src/market/candle-scan.ts';
import type { CandleColumns } from '../../src/market/candles.ts';
import { UTC_CLOCK } from '../../src/market/file-clock.ts';
import { instrument, utc } from './market-support.ts';

const GRID = { instrument: instrument('EURUSD'), timeframe: 'M5', defaultSpreadPoints: 8 } as const;
const START = utc('2026-01-05T00:00:00Z');
const NAMES = ['openAt', 'open', 'high', 'low', 'close', 'spread', 'volume'] as const;

function slowly(text: string): { columns: CandleColumns; count: number } | undefined {
  const faults = new FaultList('x');
  const { layout } = readHeader(Buffer.from(text), faults);
  const lines = text.split('\n');
  const rows = new CandleRows({ ...GRID, layout, clock: UTC_CLOCK, capacity: lines.length, faults });
  lines.slice(1).forEach((line, i) => {
    if (line.trimEnd() !== '') rows.read(line.trimEnd().split(','), i + 2);
  });
  rows.checkWhole();
  return faults.isEmpty ? rows : undefined;
}

function fast(text: string) {
  const bytes = Buffer.from(text);
  const { layout, start } = readHeader(bytes, new FaultList('x'));
  return scanCandles({ bytes, start, layout, clock: UTC_CLOCK }, GRID);
}

const price = fc.integer({ min: 100_000, max: 120_000 }).map((points) => (points / 100_000).toFixed(5));
/** What a generator of faults would put into a cell. */
const odd = fc.constantFrom(
  '',
  '-1',
  '1e5',
  '1.2.3',
  '.5',
  '5.',
  ' 1.1',
  '0',
  '0x10',
  '1.100005',
  '99999999999999999999',
  'NaN',
  '"1.1"',
);

interface Parts {
  readonly step: number;
  readonly prices: string[];
  readonly inOrder: number;
  readonly volume: string;
  readonly spread: string;
  readonly oddCell: [number, string] | null;
  readonly seconds: string;
}

const row: fc.Arbitrary<Parts> = fc
  .record({
    step: fc.constantFrom(1, 1, 1, 1, 2, 0, -1),
    prices: fc.array(price, { minLength: 4, maxLength: 4 }),
    inOrder: fc.integer({ min: 0, max: 9 }),
    volume: fc.constantFrom('0', '12', '12.5', '123456'),
    spread: fc.constantFrom('0.00007', '0', '0.00012', '0.000071', '3'),
    oddCell: fc.option(fc.tuple(fc.integer({ min: 0, max: 6 }), odd), { freq: 40 }),
    seconds: fc.constantFrom(':00Z', ':00Z', ':00Z', 'Z', ':00.000Z', ':00+00:00', ':00'),
  })
  .map((parts) => parts);
/** The same row without what would have it refused. */
const mended = (parts: Parts): Parts => ({
  ...parts,
  step: Math.max(1, parts.step),
  inOrder: 1,
  oddCell: null,
  spread: '0.000071',
});

test('a thousand random files', () => {
  const outcomes = { same: 0, bothRefuse: 0, onlySlow: 0 };
  const file = fc.tuple(
    fc.array(row, { maxLength: 12 }),
    fc.constantFrom('\n', '\r\n'),
    fc.boolean(),
    fc.boolean(),
    fc.integer({ min: 0, max: 11 }),
  );
  fc.assert(
    fc.property(file, ([rows, end, withSpread, oneForm, broken]) => {
      let at = START;
      const parts = rows.map((each, i) => (i === broken ? each : mended(each)));
      const lines = parts.map(({ step, prices, inOrder, volume, spread, oddCell, seconds }) => {
        at = (at + step * 300_000) as typeof at;
        const sorted = prices.toSorted();
        const [low, a, b, high] = sorted;
        const shown = inOrder > 0 ? [a, high, low, b] : prices;
        const time = `${new Date(at).toISOString().slice(0, 16)}${oneForm ? ':00Z' : seconds}`;
        const cells = [time, ...shown, volume, ...(withSpread ? [spread] : [])];
        if (oddCell !== null && oddCell[0] < cells.length) cells[oddCell[0]] = oddCell[1];
        return cells.join(',');
      });
      const text = [`time,open,high,low,close,volume${withSpread ? ',spread' : ''}`, ...lines, ''].join(end);
      const [quick, slow] = [fast(text), slowly(text)];
      if (slow === undefined) {
        // What the slow way refuses, the fast one may never let through.
        expect(quick).toBeUndefined();
        outcomes.bothRefuse += 1;
      } else if (quick === undefined) outcomes.onlySlow += 1;
      else {
        expect(quick.length).toBe(slow.count);
        for (const name of NAMES) expect([...quick[name]]).toEqual([...slow.columns[name].subarray(0, slow.count)]);
        outcomes.same += 1;
      }
    }),
    { numRuns: 1_000, seed: 11 },
  );
  expect(outcomes.same).toBeGreaterThan(200);
  expect(outcomes.bothRefuse).toBeGreaterThan(200);
  expect(outcomes.onlySlow).toBeGreaterThan(20);
});
