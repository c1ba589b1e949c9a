/** What another hand holds: whether the broker shows anything new, down to each figure of each position. */
import { expect, test } from 'vitest';
import { type ExternalPosition, sameExternals } from '../../src/domain/external.ts';
import { price, quantity } from '../../src/domain/units.ts';
import { usd } from './builders.ts';

const EUROS: ExternalPosition = {
  positionId: 'X1',
  symbol: 'EURUSD',
  side: 'buy',
  quantity: quantity(20),
  entryPrice: price(110_000),
  stopLoss: price(109_000),
  margin: usd(220),
};
const OIL: ExternalPosition = { ...EUROS, positionId: 'X2', symbol: 'OIL', margin: usd(30) };
const known = (...externals: ExternalPosition[]) => new Map(externals.map((each) => [each.positionId, each]));

test('the same positions in any order are nothing new', () => {
  expect(sameExternals(known(), [])).toBe(true);
  expect(sameExternals(known(EUROS, OIL), [{ ...OIL }, { ...EUROS }])).toBe(true);
});

const { stopLoss: _, ...withoutStop } = EUROS;
test.each<[string, ExternalPosition[]]>([
  ['one more', [EUROS, OIL]],
  ['one less', []],
  ['another in its place', [{ ...EUROS, positionId: 'X3' }]],
  ['another symbol', [{ ...EUROS, symbol: 'GBPUSD' }]],
  ['the other side', [{ ...EUROS, side: 'sell' }]],
  ['another size', [{ ...EUROS, quantity: quantity(21) }]],
  ['another entry', [{ ...EUROS, entryPrice: price(110_001) }]],
  ['another stop', [{ ...EUROS, stopLoss: price(109_001) }]],
  ['no stop', [withoutStop]],
  ['another margin', [{ ...EUROS, margin: usd(221) }]],
])('%s is', (_what, seen) => {
  expect(sameExternals(known(EUROS), seen)).toBe(false);
});
