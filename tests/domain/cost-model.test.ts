/** Costs from own fills: figures worked out by hand, and a shape told from the spread. */
import { expect, test } from 'vitest';
import { COST_FILLS_MIN, type EntryFill, fitCosts } from '../../src/domain/cost-model.ts';
import { seededRandom } from '../../src/domain/random.ts';
import { money } from '../../src/domain/units.ts';
import { EURUSD } from './random-bars.ts';

/** 20 steps are 0.2 lots; 3.5 USD a side and lot are 0.70 USD. */
const fill = (slippage: number): EntryFill => ({ slippage, quantity: 20, commission: money(-700_000) });

test('one fill too few says nothing', () => {
  expect(
    fitCosts(
      EURUSD,
      Array.from({ length: COST_FILLS_MIN - 1 }, () => fill(2)),
    ),
  ).toBeUndefined();
});

test('the same slippage every time is fixed; the commission of a lot is that of both sides', () => {
  expect(
    fitCosts(
      EURUSD,
      Array.from({ length: 40 }, () => fill(2)),
    ),
  ).toEqual({
    fills: 40,
    meanSlippage: 2,
    medianSlippage: 2,
    slippage95: 2,
    slippage: 2,
    distribution: 'fixed',
    commissionPerLot: 7_000_000,
  });
});

test('mostly little and now and then much is exponential, its mean rounded up to the tick', () => {
  const random = seededRandom('costs');
  const fills = Array.from({ length: 400 }, () => fill(Math.round(-3.2 * Math.log(1 - random.next()))));
  const mean = fills.reduce((sum, { slippage }) => sum + slippage, 0) / fills.length;
  expect(fitCosts(EURUSD, fills)).toMatchObject({ distribution: 'exponential', slippage: Math.ceil(mean) });
});

test('improvements do not make trading better than free', () => {
  expect(
    fitCosts(
      EURUSD,
      Array.from({ length: 30 }, () => fill(-1)),
    ),
  ).toMatchObject({ meanSlippage: -1, slippage: 0 });
});
