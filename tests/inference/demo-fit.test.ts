/** How the demo model is made: honest labels, a hold-out that nothing leaks into, and the same bytes every time. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { fitDemoModel } from '../../scripts/demo-model/fit.ts';
import { entryAt, labelOf, profitR } from '../../scripts/demo-model/outcomes.ts';
import { RECIPE, type Recipe } from '../../scripts/demo-model/recipe.ts';
import { type Rows, simulateRows } from '../../scripts/demo-model/rows.ts';
import { type Passport, parsePassport } from '../../src/inference/passport.ts';

/** From a close of 1000 with an ATR of 10: stops at 980 and 1020, targets at 1030 and 970. */
const STOPS = { stopAtrMultiple: 2, targetAtrMultiple: 3 };
const path = (...bars: [low: number, high: number][]) => ({
  length: bars.length + 1,
  low: Float64Array.of(1000, ...bars.map(([low]) => low)),
  high: Float64Array.of(1000, ...bars.map(([, high]) => high)),
  close: Float64Array.of(1000, ...bars.map(([low, high]) => (low + high) / 2)),
});
const calm: [number, number] = [995, 1005];

describe('labels', () => {
  it.each([
    ['up', "a buy's target", path(calm, [1000, 1030])],
    ['down', "a sell's target", path(calm, [970, 1000])],
    ['up', 'a dip that spares the stop, then the target', path([981, 1000], [1000, 1031])],
    ['flat', 'neither in time', path(calm, calm, calm, [1000, 1040])],
    ['flat', 'a round trip through both stops', path([980, 1000], [1000, 1020], [1000, 1030])],
    ['flat', 'target and stop in one bar: the stop counts', path([980, 1030])],
    ['flat', 'one tick short of the target', path([1000, 1029], calm)],
  ])('calls it %s: %s', (label, _, market) => {
    expect(labelOf(market, entryAt(market, 0, 10, STOPS), 3)).toBe(label);
  });

  it('reckons profit in multiples of the risk, to the end of the trade', () => {
    const market = path(calm, calm, calm, calm, [1000, 1030], calm);
    const entry = entryAt(market, 0, 10, STOPS);
    expect(profitR(market, entry, 'buy')).toBe(1.5);
    expect(profitR(market, entry, 'sell')).toBe(-1);
    const unfinished = path(calm, calm);
    expect(profitR(unfinished, entryAt(unfinished, 0, 10, STOPS), 'buy')).toBeUndefined();
  });
});

const SMALL: Recipe = {
  ...RECIPE,
  symbols: ['EURUSD'],
  barsPerSymbol: 6000,
  learning: { ...RECIPE.learning, steps: 200 },
};

describe('the hold-out', () => {
  let rows: Rows;
  beforeAll(() => {
    rows = simulateRows(SMALL);
  });

  it('begins after the last outcome that was learned from', () => {
    const lastLearned = Math.max(...rows.training.map(({ bar }) => bar)) + SMALL.horizonBars;
    const firstHeldOut = Math.min(...rows.holdOut.map(({ bar }) => bar));
    expect(lastLearned).toBeLessThan(firstHeldOut);
    expect(rows.training.length).toBeGreaterThan(1000);
    expect(rows.holdOut.length).toBeGreaterThan(200);
  });

  it('has all of its outcomes inside the data', () => {
    expect(Math.max(...rows.holdOut.map(({ bar }) => bar)) + SMALL.horizonBars).toBeLessThan(SMALL.barsPerSymbol);
  });
});

describe('the files', () => {
  it('are the same to the byte when made again, and others with another seed', () => {
    const first = fitDemoModel(SMALL);
    const second = fitDemoModel(SMALL);
    expect(Buffer.compare(first.onnx, second.onnx)).toBe(0);
    expect(second.passport).toEqual(first.passport);
    expect(fitDemoModel({ ...SMALL, seed: 1002 }).passport.modelSha256).not.toBe(first.passport.modelSha256);
  });

  it('in the repository are what the script makes of the features and the simulator of today', {
    timeout: 240_000,
  }, () => {
    const file = join(import.meta.dirname, '..', '..', 'models', 'demo', 'passport.json');
    const committed = parsePassport(file, readFileSync(file, 'utf8'));
    const { passport } = fitDemoModel(RECIPE);
    // Other processors may round the last bit otherwise, so numbers are compared and not bytes.
    const { modelSha256: _, goldenRows, metrics, ...rest } = passport;
    expect(committed, 'stale: run `npm run model:demo`').toMatchObject(rest);
    expectSameFigures(committed.metrics.figures, metrics.figures);
    for (const [i, golden] of goldenRows.entries()) {
      for (const [k, chance] of golden.probabilities.entries()) {
        expect(committed.goldenRows[i]?.probabilities[k], 'stale: run `npm run model:demo`').toBeCloseTo(chance, 2);
      }
    }
  });
});

function expectSameFigures(found: Passport['metrics']['figures'], expected: Passport['metrics']['figures']): void {
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  for (const [name, { model, baseline }] of Object.entries(expected)) {
    expect(found[name]?.model, name).toBeCloseTo(model, 2);
    expect(found[name]?.baseline, name).toBeCloseTo(baseline, 2);
  }
}
