/** What the account's last days say of its risk: figures worked out by hand, and none from too few days. */
import { describe, expect, test } from 'vitest';
import { openAccount } from '../../src/domain/account.ts';
import { accountRisk } from '../../src/domain/account-risk.ts';
import { symbolPolicy } from '../../src/domain/policy.ts';
import { newState } from '../../src/domain/state.ts';
import { money } from '../../src/domain/units.ts';
import { POLICY, usd } from './builders.ts';
import { instrumentOf } from './random-bars.ts';

/** Day ends that begin at 10,000 and make these returns, the account standing at the last. */
function accountAfter(returns: readonly number[], policy = POLICY) {
  const ends = [usd(10_000)];
  for (const r of returns) ends.push(money(Math.round((ends.at(-1) ?? Number.NaN) * (1 + r))));
  const account = { ...openAccount(usd(10_000)), dailyEquity: ends, equity: ends.at(-1) ?? usd(0) };
  return { ...newState(policy), account: { ...account, equityPeak: money(Math.max(...ends)) } };
}

/** Days of +2 % and −1 % by turns: a mean of 0.5 %, and 1.5 % away from it each day. */
const byTurns = (days: number): number[] => Array.from({ length: days }, (_, i) => (i % 2 === 0 ? 0.02 : -0.01));

const NOTHING = {
  volatility: null,
  volatilityNow: null,
  sharpe: null,
  sortino: null,
  valueAtRisk95: null,
  valueAtRisk99: null,
};

describe('a figure is there when it has its days, and null before', () => {
  const given = (days: number) => {
    const { drawdown, maxDrawdown, ...figures } = accountRisk(accountAfter(byTurns(days)));
    return Object.entries(figures).flatMap(([name, figure]) => (figure === null ? [] : [name]));
  };
  const FROM_20 = ['volatilityNow', 'valueAtRisk95', 'valueAtRisk99'];
  test.each([
    [0, []],
    [1, []],
    [19, []],
    [20, FROM_20],
    [29, FROM_20],
    [30, ['volatility', 'sharpe', 'sortino', ...FROM_20]],
  ])('after %i days', (days, names) => {
    expect(new Set(given(days))).toEqual(new Set(['days', ...names]));
    expect(accountRisk(accountAfter(byTurns(days))).days).toBe(days);
  });

  test('of a book that began before day ends were kept there is the drawdown alone', () => {
    const account = { ...openAccount(usd(10_000)), equity: usd(9_000) };
    const risk = accountRisk({ ...newState(POLICY), account });
    expect(risk).toEqual({ ...NOTHING, days: 0, drawdown: 0.1, maxDrawdown: 0.1 });
  });
});

describe('thirty days by hand', () => {
  const ofThirty = () => accountRisk(accountAfter(byTurns(30)));
  const spread = 0.015 * Math.sqrt(30 / 29);

  test('a year of volatility, and the ratios to it', () => {
    const risk = ofThirty();
    expect(risk.volatility).toBeCloseTo(spread * Math.sqrt(252), 7);
    expect(risk.sharpe).toBeCloseTo((0.005 / spread) * Math.sqrt(252), 6);
    // Half of the days lose 1 %: √(0.01² ÷ 2).
    expect(risk.sortino).toBeCloseTo((0.005 / (0.01 / Math.SQRT2)) * Math.sqrt(252), 6);
  });

  test('of late the last days count most: each 0.94 of the one after it', () => {
    const risk = ofThirty();
    const [ups, downs] = [0.02 ** 2, 0.01 ** 2];
    // The last day lost, the one before won: two geometric sums of 0.94² that share their factor.
    const squares = (downs + 0.94 * ups) / (1 + 0.94);
    expect(risk.volatilityNow).toBeCloseTo(Math.sqrt(squares * 252), 7);
  });

  test('the normal distribution’s tails', () => {
    const risk = ofThirty();
    expect(risk.valueAtRisk95?.method).toBe('normal');
    expect(risk.valueAtRisk95?.valueAtRisk).toBeCloseTo(1.644853627 * spread - 0.005, 7);
    expect(risk.valueAtRisk99?.valueAtRisk).toBeCloseTo(2.326347874 * spread - 0.005, 7);
  });

  test('from sixty days on the tails are those that were seen', () => {
    const { valueAtRisk95, valueAtRisk99 } = accountRisk(accountAfter([...byTurns(59), -0.07]));
    expect([valueAtRisk95?.method, valueAtRisk99?.method]).toEqual(['historical', 'historical']);
    // The worst of sixty is 7 %, the others 1 %: at 99 % between the first and the second, 0.59 of the way.
    expect(valueAtRisk95?.valueAtRisk).toBeCloseTo(0.01, 7);
    expect(valueAtRisk99?.valueAtRisk).toBeCloseTo(0.07 - 0.59 * 0.06, 7);
  });

  test('a year of coins has 365 days, also where only one symbol is a coin', () => {
    const coin = { ...symbolPolicy(POLICY, 'EURUSD'), instrument: instrumentOf('BTCUSD') };
    const policy = { ...POLICY, symbols: new Map(POLICY.symbols).set('BTCUSD', coin) };
    const coins = accountRisk(accountAfter(byTurns(30), policy));
    expect(coins.volatility).toBeCloseTo(spread * Math.sqrt(365), 7);
    expect((coins.volatilityNow ?? 0) / (ofThirty().volatilityNow ?? 0)).toBeCloseTo(Math.sqrt(365 / 252), 9);
  });
});

describe('drawdown', () => {
  const marked = (ends: readonly number[], equity: number, peak: number) =>
    accountRisk({
      ...newState(POLICY),
      account: {
        ...openAccount(usd(10_000)),
        dailyEquity: ends.map(usd),
        equity: usd(equity),
        equityPeak: usd(peak),
      },
    });

  test.each([
    // 8 000 after 10 000 was the deepest; 4 % now.
    ['an old one that was made good', [10_000, 8_000, 12_500], 12_000, 12_500, 0.04, 0.2],
    // No day has ended as deep as now.
    ['that of now', [10_000, 9_500, 12_500], 10_000, 12_500, 0.2, 0.2],
    ['none', [10_000, 11_000, 12_000], 12_000, 12_000, 0, 0],
    ['within the first day', [10_000], 9_000, 10_000, 0.1, 0.1],
    ['before the first day end', [], 9_500, 10_000, 0.05, 0.05],
  ])('%s', (_, ends, equity, peak, drawdown, maxDrawdown) => {
    const risk = marked(ends, equity, peak);
    expect(risk.drawdown).toBeCloseTo(drawdown, 12);
    expect(risk.maxDrawdown).toBeCloseTo(maxDrawdown, 12);
  });
});
