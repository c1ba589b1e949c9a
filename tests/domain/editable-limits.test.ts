/** Which values an edited limit may take, which of two is the tighter, and that nobody else's name is a limit's. */
import { describe, expect, test } from 'vitest';
import {
  EDITABLE,
  isLimitName,
  isLooser,
  isWithinBounds,
  type LimitName,
  limitsIn,
} from '../../src/domain/limits/editable.ts';
import { POLICY, policyWith } from './builders.ts';

test.each(['max_drawdown', 'orders_per_hour'])('%s is a limit', (name) => {
  expect(isLimitName(name)).toBe(true);
});
test.each(['', 'maxDrawdown', 'toString', 'constructor', '__proto__'])('%j is none', (name) => {
  expect(isLimitName(name)).toBe(false);
});

describe('bounds', () => {
  test.each<[LimitName, number, boolean]>([
    // Open at both ends: a share of 0 or of everything is no limit.
    ['max_drawdown', 0, false],
    ['max_drawdown', 1e-9, true],
    ['max_drawdown', 1 - 1e-9, true],
    ['max_drawdown', 1, false],
    // Closed at both.
    ['min_confidence', 0, true],
    ['min_confidence', 1, true],
    ['min_confidence', -1e-9, false],
    ['min_confidence', 1 + 1e-9, false],
    ['max_leverage', 0.01, true],
    ['max_leverage', 0.0099, false],
    ['extreme_margin_level', 100, true],
    ['extreme_margin_level', 100.01, false],
    // Counted in whole ones.
    ['max_positions', 1, true],
    ['max_positions', 0, false],
    ['max_positions', 1.5, false],
    ['max_positions', 1_000, true],
    ['max_positions', 1_001, false],
    ['orders_per_hour', Number.POSITIVE_INFINITY, false],
    ['max_leverage', 1.5, true],
    ['min_expected_value_r', -10, true],
  ])('%s may be %d: %s', (name, value, within) => {
    expect(isWithinBounds(name, value)).toBe(within);
  });
});

describe('the tighter of two', () => {
  test.each<[LimitName, number | null, number | null, number | null]>([
    ['max_leverage', 5, 10, 5],
    ['max_leverage', 10, 5, 5],
    ['max_leverage', null, 5, 5],
    ['max_leverage', 5, null, 5],
    ['max_leverage', null, null, null],
    ['min_margin_level', 2, 3, 3],
    ['min_margin_level', 3, 2, 3],
    ['min_margin_level', null, 2, 2],
    ['min_margin_level', 2, null, 2],
  ])('%s: of %s and %s it is %s', (name, a, b, tighter) => {
    expect(EDITABLE[name].tighter(a, b)).toBe(tighter);
    expect(isLooser(name, tighter, a)).toBe(a !== tighter);
  });
});

describe('written into the policy', () => {
  test('a loss limit leaves the other windows, and the other limits, as they are', () => {
    const policy = EDITABLE.max_weekly_loss.write(POLICY, 0.03);
    expect(policy).toEqual(policyWith({ limits: { maxLoss: { ...POLICY.limits.maxLoss, week: 0.03 } } }));
  });

  test.each<[LimitName, number, Parameters<typeof policyWith>[0]]>([
    ['max_drawdown', 0.15, { limits: { maxDrawdown: 0.15 } }],
    ['orders_per_minute', 7, { pace: { perMinute: 7 } }],
    ['max_leverage', 7, { exposure: { maxLeverage: 7 } }],
    ['extreme_worst_case', 0.3, { limits: { extreme: { ...POLICY.limits.extreme, worstCaseMax: 0.3 } } }],
  ])('%s', (name, value, change) => {
    expect(EDITABLE[name].write(POLICY, value)).toEqual(policyWith(change));
    expect(limitsIn(policyWith(change))[name]).toBe(value);
  });

  test('one that there always is cannot be taken away, an optional one can', () => {
    expect(() => EDITABLE.max_positions.write(POLICY, null)).toThrow(
      'trading.risk_management.max_positions cannot be without a value',
    );
    const set = policyWith({ exposure: { maxLeverage: 7 } });
    expect(EDITABLE.max_leverage.write(set, null)).toEqual(policyWith({}));
  });
});
