/** What people are told of risk, in money worked out by hand. */
import { expect, test } from 'vitest';
import { accountRisk } from '../../src/domain/account-risk.ts';
import { riskView } from '../../src/servo/risk-view.ts';
import { policyWith, usd } from '../domain/builders.ts';
import { holdingWorld, markedAt, POUNDS, World } from '../domain/world.ts';

test('an account with one long of 47 steps', () => {
  const stress = [{ name: 'gap', moves: {}, adverse: 0.01, spreadFactor: 1 }];
  const world = holdingWorld(policyWith({ stress }));
  markedAt(world, 9_900);
  const risk = riskView(world);
  // 202 ticks of 0.47 USD; of a daily limit of 200 USD.
  expect(risk.book).toMatchObject({ worstCase: 94.94, riskRatio: 0.4747, days: 0, tails: [] });
  // 9 900 over 517.0376 of margin.
  expect(risk.book.marginLevel).toBeCloseTo(19.1475, 4);
  // 200 ticks to the stop, 300 to the target.
  expect(risk.positions).toMatchObject([
    { symbol: 'EURUSD', side: 'buy', lots: 0.47, risk: 94, reward: 141, ratio: 1.5 },
  ]);
  expect(risk.exposure).toMatchObject([{ symbol: 'EURUSD', notional: 51_700 }]);
  // 0.47 lots of 100 000 at 1.10000; no cap is set.
  expect(risk.currencies).toMatchObject([
    { currency: 'EUR', net: 51_700, cap: null },
    { currency: 'USD', net: -51_700, cap: null },
  ]);
  expect(risk.stress[0]?.profit).toBeCloseTo(-517, 6);
  expect(risk.limits.map(({ name, moneyLeft }) => [name, moneyLeft])).toEqual([
    // 10 % of 10 000, 100 of it lost; a peak of 10 000 and 20 % below it.
    ['month', 900],
    ['week', 400],
    ['day', 100],
    ['drawdown', 1_900],
    ['positions', null],
    ['daily_trades', null],
  ]);
});

test('a profit of the day may be lost before its limit', () => {
  const world = new World();
  markedAt(world, 10_150);
  expect(riskView(world).limits.find(({ name }) => name === 'day')).toMatchObject({ used: 0, moneyLeft: 350 });
});

test('under its days a figure is null, and with them it is there', () => {
  const world = new World();
  const day = (equity: number) => {
    world.step(undefined, [], 86_400_000);
    world.emit({ kind: 'equity_marked', at: world.now, balance: usd(equity), equity: usd(equity) });
  };
  for (let i = 0; i < 20; i++) day(10_000 + (i % 3) * 10);
  expect(accountRisk(world.state)).toMatchObject({
    days: 19,
    volatility: null,
    volatilityNow: null,
    valueAtRisk95: null,
  });
  day(10_000);
  expect(accountRisk(world.state).valueAtRisk95?.method).toBe('normal');
  for (let i = 0; i < 10; i++) day(10_000 + (i % 3) * 10);
  const { days, sharpe, sortino, volatility } = accountRisk(world.state);
  expect([days, sharpe, sortino, volatility].every((figure) => typeof figure === 'number')).toBe(true);
});

test('exposure by currency: legs that meet add up or cancel, and the cap is of equity', () => {
  const world = new World(policyWith({ exposure: { maxCurrencyLeverage: 8 } }));
  world.step();
  world.open();
  world.open(POUNDS);
  const { currencies } = riskView(world);
  const net = Object.fromEntries(currencies.map((each) => [each.currency, each.net]));
  expect(Object.keys(net)).toEqual(['EUR', 'GBP', 'USD']);
  expect(net['USD']).toBeCloseTo(-((net['EUR'] ?? 0) + (net['GBP'] ?? 0)), 6);
  // The pounds got what the euros left of the dollars.
  const cap = currencies[0]?.cap ?? 0;
  expect(cap).toBe(80_000);
  expect(Math.abs(net['USD'] ?? 0)).toBeLessThanOrEqual(cap);
  expect(Math.abs(net['USD'] ?? 0)).toBeGreaterThan(0.9 * cap);
});
