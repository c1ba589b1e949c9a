/** The arithmetic of a size as a person reads it. */
import { expect, test } from 'vitest';
import type { Sizing } from '../../src/domain/sizing.ts';
import { quantity } from '../../src/domain/units.ts';
import { sizingLines } from '../../src/servo/sizing-words.ts';
import { usd } from '../domain/builders.ts';
import { EURUSD } from '../domain/random-bars.ts';

const SIZED: Sizing = {
  quantity: quantity(18),
  cappedBy: 'worst_case',
  wanted: quantity(47),
  riskPerStep: usd(2.11),
  riskOfOrder: usd(37.98),
  caps: [
    { name: 'risk', steps: quantity(47), budget: usd(100), perStep: usd(2.11) },
    { name: 'worst_case', of: 'day', steps: quantity(36), budget: usd(200), used: usd(104.4), perStep: usd(2.61) },
    { name: 'lot_max', steps: quantity(10_000) },
  ],
  multipliers: [{ name: 'regime', value: 0.5 }],
};

test('a line a cap, the smallest marked, and what made it smaller still', () => {
  expect(sizingLines(EURUSD, 'USD', SIZED)).toEqual([
    '  risk to the stop: 100.00 ÷ 2.11 USD for 0.01 = 0.47 lots',
    '▸ all stops hit (daily budget): (200.00 − 104.40) ÷ 2.61 USD for 0.01 = 0.36 lots',
    '  largest lot: 100 lots',
    '= 0.36 lots × 0.50 regime → 0.18 lots, rounded down',
  ]);
});

test('under the smallest lot it is none, and a method that could not say is named', () => {
  const none = sizingLines(EURUSD, 'USD', { ...SIZED, quantity: quantity(0), fallback: 'not_calibrated' });
  expect(none[0]).toBe('! Kelly needs a calibrated model: sized by the risk to the stop');
  expect(none.at(-1)).toBe('= 0.36 lots × 0.50 regime → none, the smallest is 0.01 lots, rounded down');
});

test('whole sizes need no last line, and an older record has no arithmetic', () => {
  expect(sizingLines(EURUSD, 'USD', { ...SIZED, quantity: quantity(36), multipliers: [] })).toHaveLength(3);
  const { caps: _, multipliers: __, ...older } = SIZED;
  expect(sizingLines(EURUSD, 'USD', older)).toEqual([]);
});
