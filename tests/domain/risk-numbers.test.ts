/** What is no number never passes the gate: it is denied by its check, or throws before anything is decided. */
import { describe, expect, test } from 'vitest';
import type { DenialReason } from '../../src/domain/decision.ts';
import { recheck } from '../../src/domain/risk.ts';
import { type Money, type Price, UnitError, type UnixMs } from '../../src/domain/units.ts';
import { believes, openIntentWith, policyWith } from './builders.ts';
import {
  decided,
  expectDenied,
  type Scene,
  SOUND,
  stateOf,
  withAccount,
  withLimits,
  withSignal,
  withSymbol,
} from './gate-scene.ts';

describe('what is no number never passes', () => {
  const NaNs = Number.NaN as Money & UnixMs & Price;
  const window = (startEquity: number) => ({ period: 1, startEquity: startEquity as Money, step: 'none' as const });
  const dayFrom = (startEquity: number) => ({ ...SOUND.account.windows, day: window(startEquity) });

  test.each<[string, Scene, DenialReason | 'throws']>([
    ['confidence', withSignal(SOUND, { confidence: NaNs }), 'confidence_minimum'],
    ['min_confidence', withLimits(SOUND, { minConfidence: NaNs }), 'confidence_minimum'],
    ['expected value', withSignal(SOUND, { expectedValueR: NaNs }), 'expected_value_minimum'],
    ['min_expected_value_r', withLimits(SOUND, { minExpectedValueR: NaNs }), 'expected_value_minimum'],
    ['bid', withSignal(SOUND, { bid: NaNs }), 'spread_limit'],
    ['ask', withSignal(SOUND, { ask: NaNs }), 'spread_limit'],
    ['ask of a sell', withSignal(SOUND, { side: 'sell', ask: NaNs }), 'spread_limit'],
    [
      'infinite ask of a sell',
      withSignal(SOUND, { side: 'sell', ask: Number.POSITIVE_INFINITY as typeof NaNs }),
      'spread_limit',
    ],
    ['max_spread_points', withSymbol(SOUND, { maxSpread: NaNs }), 'spread_limit'],
    ['slippage', withSymbol(SOUND, { slippage: NaNs }), 'throws'],
    ['stop distance', withSignal(SOUND, { stopDistance: NaNs }), 'throws'],
    ['target distance', withSignal(SOUND, { targetDistance: NaNs }), 'throws'],
    ['now', { ...SOUND, now: NaNs }, 'signal_expired'],
    ['expiry', withSignal(SOUND, { expiresAt: NaNs }), 'signal_expired'],
    ['peak', withAccount(SOUND, { equityPeak: NaNs }), 'drawdown_limit'],
    ['max_drawdown', withLimits(SOUND, { maxDrawdown: NaNs }), 'drawdown_limit'],
    ['equity', withAccount(SOUND, { equity: NaNs }), 'throws'],
    ['infinite equity', withAccount(SOUND, { equity: Number.POSITIVE_INFINITY as Money }), 'throws'],
    ['infinitely negative equity', withAccount(SOUND, { equity: Number.NEGATIVE_INFINITY as Money }), 'throws'],
    ['start of the day', withAccount(SOUND, { windows: dayFrom(Number.NaN) }), 'throws'],
    ['infinite start of the day', withAccount(SOUND, { windows: dayFrom(Number.POSITIVE_INFINITY) }), 'throws'],
    ['max_daily_loss', withLimits(SOUND, { maxLoss: { day: NaNs, week: 1, month: 1 } }), 'throws'],
    ['entries', withAccount(SOUND, { entriesToday: NaNs }), 'daily_trades_limit'],
    ['max_daily_trades', withLimits(SOUND, { maxDailyTrades: NaNs }), 'daily_trades_limit'],
    ['max_positions', withLimits(SOUND, { maxPositions: NaNs }), 'positions_limit'],
    ['position_size', withLimits(SOUND, { riskPerTrade: NaNs }), 'throws'],
    ['infinite position_size', withLimits(SOUND, { riskPerTrade: Number.POSITIVE_INFINITY }), 'throws'],
    ['max_position_size', withLimits(SOUND, { maxPositionMargin: NaNs }), 'throws'],
    ['leverage', { ...SOUND, policy: policyWith({ leverage: NaNs }) }, 'throws'],
    ['commission', { ...SOUND, policy: policyWith({ commissionPerLot: NaNs }) }, 'throws'],
    ['max_slippage', { ...SOUND, policy: policyWith({ order: { maxSlippage: NaNs } }) }, 'throws'],
    [
      'chances',
      withSignal(SOUND, { prediction: believes(NaNs, 0.2), confidence: NaNs, expectedValueR: NaNs }),
      'expected_value_minimum',
    ],
  ])('%s', (_, scene, expected) => {
    if (expected === 'throws') expect(() => decided(scene)).toThrow(UnitError);
    else expectDenied(decided(scene), expected);
  });

  test.each<[string, Scene, DenialReason | 'throws']>([
    ['peak', withAccount(SOUND, { equityPeak: NaNs }), 'drawdown_limit'],
    ['equity', withAccount(SOUND, { equity: NaNs }), 'throws'],
    ['entries', withAccount(SOUND, { entriesToday: NaNs }), 'daily_trades_limit'],
    ['max_positions', withLimits(SOUND, { maxPositions: NaNs }), 'positions_limit'],
    ['now', { ...SOUND, now: NaNs }, 'signal_expired'],
  ])('nor at the second look: %s', (_, scene, expected) => {
    const look = () => recheck(stateOf(scene), openIntentWith(), scene.now);
    if (expected === 'throws') expect(look).toThrow(UnitError);
    else expect(look()).toMatchObject({ check: expected, passed: false });
  });
});
