/** The bench's tight loop earns its speed honestly: its trades are those of the slow twin. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SMA_RULES } from '../../bench/sma-rules.ts';
import { tightSmaCross, tightTradeList } from '../../bench/tight-loop.ts';
import type { Bar } from '../../src/domain/market.ts';
import { type SmaRules, smaCrossTrades } from '../oracle/sma-cross.ts';
import { candlesFrom, hasHourlyFile, hourlyCandles, jumpyBars } from './sma-market.ts';

test.skipIf(!hasHourlyFile)('EURUSD by the hour, 2012 to 2020 (skipped without ../shared/data)', () => {
  const bars = hourlyCandles();
  expect(tight(bars, SMA_RULES)).toEqual(smaCrossTrades(bars, SMA_RULES));
});

test('made-up markets under any rules', () => {
  const rules = fc.record({
    fastBars: fc.integer({ min: 1, max: 12 }),
    slowBars: fc.integer({ min: 13, max: 40 }),
    stopAtr: fc.double({ min: 0.3, max: 3, noNaN: true }),
    targetAtr: fc.double({ min: 0.3, max: 4, noNaN: true }),
    decideFrom: fc.integer({ min: 0, max: 60 }),
    riskPerTrade: fc.integer({ min: 1, max: 300 }),
    maxPositionMargin: fc.integer({ min: 1, max: 10_000 }),
    slippageTicks: fc.integer({ min: 0, max: 5 }),
    latencyMs: fc.constantFrom(0, 50),
    maxSlippage: fc.constantFrom(0.00001, 0.0001, 0.001),
    fillRule: fc.constantFrom('pessimistic' as const, 'optimistic' as const),
  });
  let compared = 0;
  fc.assert(
    fc.property(rules, fc.integer({ min: 1, max: 1_000 }), (change, seed) => {
      const bars = jumpyBars(`tight ${seed}`, 1_500);
      const trades = tight(bars, { ...SMA_RULES, ...change });
      compared += trades.length;
      expect(trades).toEqual(smaCrossTrades(bars, { ...SMA_RULES, ...change }));
    }),
    { numRuns: 60, seed: 7 },
  );
  expect(compared).toBeGreaterThan(500);
});

const tight = (bars: readonly Bar[], rules: SmaRules) =>
  tightTradeList(tightSmaCross(candlesFrom(bars), bars.length, rules));
