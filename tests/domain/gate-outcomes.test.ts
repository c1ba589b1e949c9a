/** What the gate says beside yes and no: the rate it needed, the method it fell back from, and what a model in the shadow would have taken. */
import { describe, expect, test } from 'vitest';
import { recheck, wouldBeTaken } from '../../src/domain/risk.ts';
import { unixMs } from '../../src/domain/units.ts';
import { openIntentWith, orderWith, policyWith } from './builders.ts';
import { decided, expectDenied, ROWS, type Scene, SOUND, stateOf, withCard, withSignal } from './gate-scene.ts';

describe('the rate into the account’s money', () => {
  const YEN = withSignal(SOUND, { symbol: 'USDJPY' });

  test('is on the record, known or not', () => {
    const checked = (scene: Scene) => decided(scene).verdicts.find(({ check }) => check === 'conversion_missing');
    const answer = { check: 'conversion_missing', limit: 'known' };
    expect(checked(SOUND)).toEqual({ ...answer, passed: true, value: 'known' });
    expect(checked(YEN)).toEqual({ ...answer, passed: false, value: 'no rate' });
    expect(expectDenied(decided(YEN), 'conversion_missing').sizing).toBeUndefined();
  });

  test('is asked for again in the transaction that sends', () => {
    const intent = openIntentWith({ symbol: 'USDJPY' });
    const scene = { ...YEN, orders: [{ ...orderWith('authorised'), intent }] };
    expect(recheck(stateOf(scene), intent, scene.now)).toEqual({
      check: 'conversion_missing',
      passed: false,
      value: 'no rate',
      limit: 'known',
    });
  });
});

test('a size that its method could not say is named with the reason, any other without', () => {
  const fell = decided({ ...SOUND, policy: policyWith({ sizing: { method: 'kelly' } }) }).sizing;
  expect(fell).toMatchObject({ quantity: 47, cappedBy: 'risk', fallback: 'not_calibrated' });
  expect(Object.keys(decided(SOUND).sizing ?? {})).not.toContain('fallback');
});

describe('what a model in the shadow would have taken', () => {
  const taken = ({ signal, now, ...scene }: Scene) => wouldBeTaken(stateOf({ ...scene, signal, now }), signal, now);

  test('is what is worth an order on its market', () => {
    expect(taken(SOUND)).toBe(true);
  });

  test.each([
    'model_unavailable',
    'signal_expired',
    'regime_not_allowed',
    'signal_flat',
    'expected_value_minimum',
    'confidence_minimum',
    'session_closed',
    'news_blackout',
    'spread_limit',
    'market_stale',
  ] as const)('not where %s', (reason) => {
    expect(taken(ROWS[reason].arrange(SOUND))).toBe(false);
  });

  test.each([
    'model_expired',
    'model_distrusted',
    'model_outlier',
    'drawdown_limit',
    'daily_loss_limit',
    'positions_limit',
    'position_open',
    'status_forbids_opening',
  ] as const)('%s is of the account, or of the model that serves', (reason) => {
    expect(taken(ROWS[reason].arrange(SOUND))).toBe(true);
  });

  test('a guard of the serving model excuses nothing else', () => {
    const expired = withCard(SOUND, { expiresAt: unixMs(SOUND.now) });
    expect(taken(ROWS.confidence_minimum.arrange(expired))).toBe(false);
    expect(taken(ROWS.spread_limit.arrange(expired))).toBe(false);
  });
});

describe('the size', () => {
  const recorded = (scene: Scene) => decided(scene).verdicts.map(({ check }) => check);

  test.each([
    'drawdown_limit',
    'signal_flat',
    'confidence_minimum',
    'mandate_flat',
  ] as const)('is not asked for where %s refuses anyway', (reason) => {
    const scene = ROWS[reason].arrange(SOUND);
    expect(expectDenied(decided(scene), reason).sizing).toBeUndefined();
    expect(recorded(scene)).not.toContain('conversion_missing');
  });

  test('that is none is on the record with all its arithmetic', () => {
    const small = decided(ROWS.size_below_minimum.arrange(SOUND));
    // A ten-thousandth of 10 000 USD is 1 USD; a step risks 2.11.
    expect(small).toMatchObject({
      outcome: 'denied',
      reason: 'size_below_minimum',
      sizing: { quantity: 0, wanted: 0, cappedBy: 'risk' },
    });
    expect(small.verdicts.at(-1)).toEqual({ check: 'size_below_minimum', passed: false, value: 0, limit: 1 });
    expect(decided(SOUND).verdicts.at(-1)).toEqual({ check: 'size_below_minimum', passed: true, value: 47, limit: 1 });
  });
});
