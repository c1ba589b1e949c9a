/** Decisions: every reason alone and in precedence, its last passing number, and the record of every check. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DENIAL_REASONS } from '../../src/domain/decision.ts';
import type { ExternalPosition } from '../../src/domain/external.ts';
import { accountVerdicts } from '../../src/domain/gate/account-checks.ts';
import { price, unixMs } from '../../src/domain/units.ts';
import { M5, NOON, usd } from './builders.ts';
import {
  armed,
  decided,
  expectDenied,
  holding,
  pounds,
  ROWS,
  SOUND,
  stateOf,
  withAccount,
  withCard,
  withSignal,
} from './gate-scene.ts';

describe('reasons', () => {
  test('the table lists them gravest first', () => {
    expect(Object.keys(ROWS)).toEqual(DENIAL_REASONS);
  });

  test.each(DENIAL_REASONS)('%s denies, with its numbers', (reason) => {
    const { arrange, value, limit } = ROWS[reason];
    const { verdicts } = expectDenied(decided(arrange(SOUND)), reason);
    expect(verdicts.find(({ check }) => check === reason)).toEqual({ check: reason, passed: false, value, limit });
    expect(verdicts.find(({ passed }) => !passed)?.check).toBe(reason);
  });

  test.each(
    DENIAL_REASONS.filter((reason) => ROWS[reason].justPasses),
  )('%s lets the last good number pass', (reason) => {
    expect(decided(ROWS[reason].justPasses?.(SOUND) ?? SOUND).outcome).toBe('approved');
  });

  const pairs = DENIAL_REASONS.flatMap((graver, i) =>
    DENIAL_REASONS.slice(i + 1).map((lesser) => [graver, lesser] as const),
  );
  test.each(pairs)('%s is graver than %s', (graver, lesser) => {
    expectDenied(decided(ROWS[graver].arrange(ROWS[lesser].arrange(SOUND))), graver);
  });

  test('a cause without words is named by its status', () => {
    const paused = { by: 'ann', at: SOUND.now, reason: '' };
    const { verdicts } = expectDenied(
      decided({ ...SOUND, causes: { ...SOUND.causes, paused } }),
      'status_forbids_opening',
    );
    expect(verdicts[0]?.value).toBe('paused');
  });

  test('every check is on the record of an approval, in order', () => {
    const { verdicts } = decided(armed(SOUND));
    expect(verdicts.map(({ check }) => check)).toEqual(DENIAL_REASONS);
    expect(verdicts.every(({ passed }) => passed)).toBe(true);
  });

  test('what was not asked is on the record too, in words', () => {
    const words = decided(SOUND).verdicts.flatMap(({ check, value, limit }) =>
      typeof limit === 'string' ? [[check, value, limit]] : [],
    );
    expect(words).toEqual([
      ['status_forbids_opening', 'running', 'running or reduced'],
      ['market_stale', 'up to date', 'up to date'],
      ['model_unavailable', 'answered', 'answered'],
      ['model_expired', 'no expiry', 'no expiry'],
      ['model_distrusted', 'trust', 'trust, warn or shrink'],
      ['model_outlier', 'not measured', 'not measured'],
      ['mandate_limit', 'no mandate', 'no mandate'],
      ['mandate_flat', 'not asked', 'not asked'],
      ['margin_level_limit', 'no limit', 'no limit'],
      ['losing_streak', 0, 'no pause'],
      ['session_closed', 'open', 'open'],
      ['rollover_blackout', 'not asked', 'not asked'],
      ['news_blackout', 'no calendar', 'none near'],
      ['regime_not_allowed', 'range', 'trend_up, trend_down, quiet, range, volatile, unknown'],
      ['spread_unusual', 'not asked', 'not asked'],
      ['volatility_outside', 'not asked', 'not asked'],
      ['volume_low', 'not asked', 'not asked'],
      ['conversion_missing', 'known', 'known'],
    ]);
  });

  test('a model that measures no row, or knows no limit, has no outlier', () => {
    const { prediction } = SOUND.signal;
    if (prediction.kind !== 'prediction') throw new Error('no prediction');
    const measured = withSignal(SOUND, { prediction: { ...prediction, dissimilarity: 9 } });
    const limited = withCard(SOUND, { guards: { dissimilarityLimit: 0.85 } });
    for (const scene of [measured, limited]) {
      const { verdicts } = decided(scene);
      const outlier = verdicts.find(({ check }) => check === 'model_outlier');
      expect(outlier).toEqual({ check: 'model_outlier', passed: true, value: 'not measured', limit: 'not measured' });
    }
  });

  test('the margin level counts what others hold, and nothing bound is no level', () => {
    const exposure = { ...SOUND.policy.exposure, minMarginLevel: 2 };
    const state = stateOf({ ...SOUND, policy: { ...SOUND.policy, exposure } });
    const levelOf = (margin: number) => {
      const external = { positionId: 'X', symbol: 'OIL', side: 'buy', quantity: 1, entryPrice: 1, margin: usd(margin) };
      const externals = new Map(margin === 0 ? [] : [['X', external as unknown as ExternalPosition]]);
      const found = accountVerdicts({ ...state, externals }, 'EURUSD').find(
        ({ check }) => check === 'margin_level_limit',
      );
      return found && [found.passed, found.value, found.limit];
    };
    expect(levelOf(0)).toEqual([true, 'no margin used', 2]);
    expect(levelOf(5000)).toEqual([true, 2, 2]);
    expect(levelOf(8000)).toEqual([false, 1.25, 2]);
  });

  test('whether live trading is armed is not asked where the money is not real', () => {
    const asked = decided(SOUND).verdicts.map(({ check }) => check);
    expect(asked).toEqual(DENIAL_REASONS.filter((reason) => reason !== 'not_armed'));
  });

  test('a decision survives the journal as it is', () => {
    for (const scene of [SOUND, ROWS.confidence_minimum.arrange(SOUND), ROWS.signal_flat.arrange(SOUND)]) {
      const decision = decided(scene);
      expect(JSON.parse(JSON.stringify(decision))).toEqual(decision);
    }
  });

  test('what is denied by its size alone keeps the arithmetic; what is refused anyway was never sized', () => {
    expect(decided(ROWS.size_below_minimum.arrange(SOUND)).sizing).toMatchObject({ quantity: 0, cappedBy: 'risk' });
    expect(decided(ROWS.confidence_minimum.arrange(SOUND)).sizing).toBeUndefined();
    expect(decided(ROWS.signal_flat.arrange(SOUND)).sizing).toBeUndefined();
    expect(decided(ROWS.conversion_missing.arrange(SOUND)).sizing).toBeUndefined();
  });

  test('a decision is approved exactly when every check passed, whatever the numbers', () => {
    const numbers = fc.record({
      equity: fc.integer({ min: 9700, max: 11_000 }),
      equityPeak: fc.integer({ min: 9000, max: 12_500 }),
      entriesToday: fc.nat(10),
      held: fc.nat(3),
      confidence: fc.integer({ min: 580, max: 1000 }).map((thousandths) => thousandths / 1000),
      expectedValueR: fc.integer({ min: 40, max: 1000 }).map((thousandths) => thousandths / 1000),
      spread: fc.nat(31),
      stopDistance: fc.integer({ min: 1, max: 10_000 }),
      late: fc.nat(M5),
    });
    const seen = { approved: 0, denied: 0 };
    fc.assert(
      fc.property(numbers, (n) => {
        const { confidence, expectedValueR } = n;
        const signal = {
          confidence,
          expectedValueR,
          stopDistance: price(n.stopDistance),
          ask: price(110_000 + n.spread),
        };
        const account = { equity: usd(n.equity), equityPeak: usd(n.equityPeak), entriesToday: n.entriesToday };
        const scene = holding(withAccount(withSignal(SOUND, signal), account), ...pounds(n.held));
        const decision = decided({ ...scene, now: unixMs(NOON + n.late) });
        seen[decision.outcome] += 1;
        expect(decision.outcome === 'approved').toBe(decision.verdicts.every(({ passed }) => passed));
        if (decision.outcome === 'denied') expect(decision).not.toHaveProperty('intent');
        else expect(decision.sizing.riskOfOrder).toBeLessThanOrEqual(n.equity * 10_000);
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(seen.approved, seen.denied)).toBeGreaterThan(10);
  });
});
