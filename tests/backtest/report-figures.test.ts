/** The figures of a result that was worked out by hand, and the marks of those that rest on too little. */
import { expect, test } from 'vitest';
import { daysPerYear } from '../../src/backtest/report/days.ts';
import { drawdownFigures, underwater } from '../../src/backtest/report/drawdown.ts';
import { figureRows } from '../../src/backtest/report/figure-rows.ts';
import { figuresOf } from '../../src/backtest/report/figures.ts';
import type { DayMark, SymbolRecord } from '../../src/backtest/result.ts';
import { money, unixMs } from '../../src/domain/units.ts';
import { walkResult } from './report-fixture.ts';
import { MONDAY, smallResult, trade } from './small-result.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;

test('result, drawdown and costs of the small result', () => {
  const figures = figuresOf(smallResult());
  expect(figures.change).toBe(50);
  expect(figures.returned).toBeCloseTo(0.05, 12);
  // 1.05 ^ (365.25 / 8) − 1
  expect(figures.cagr).toBeCloseTo(Math.exp((365.25 / 8) * Math.log(1.05)) - 1, 9);
  // 1040 to 936 on Wednesday morning, 104 in money and a tenth; back above 1040 only on the last Monday.
  expect(figures.maxDrawdown).toBeCloseTo(0.1, 12);
  expect(figures.maxDrawdownMoney).toBe(104);
  expect(figures.drawdownStartedAt).toBe(MONDAY + DAY);
  expect(figures.drawdownTroughAt).toBe(MONDAY + 2 * DAY + 6 * HOUR);
  expect(figures.drawdownRecoveredAt).toBe(MONDAY + 8 * DAY);
  expect(figures.longestDrawdownMs).toBe(7 * DAY);
  expect(figures.recoveryFactor).toBeCloseTo(50 / 104, 12);
  expect(figures.balanceDrawdown).toBe(52);
  expect(figures.balanceDrawdownRatio).toBeCloseTo(0.05, 12);
  expect(figures.costs).toBe(-13);
  expect(figures.changeBeforeCosts).toBe(63);
  expect(figures.exposure).toBeCloseTo(12 / 144, 12);
  expect(figures.bestDay).toBeCloseTo(46 / 988, 12);
  expect(figures.worstDay).toBeCloseTo(-0.05, 12);
  expect(figures.profitableDays).toBe(0.5);
});

test('figures of trades: in R, held, inside', () => {
  const figures = figuresOf(smallResult());
  // 2, −2.6, 2.3 and 0.8 of a risk of 20.
  expect(figures.expectancyR).toBeCloseTo(2.5 / 4, 12);
  expect(figures.profitFactor).toBeCloseTo(102 / 52, 12);
  expect(figures.winRate).toBe(0.75);
  expect([figures.bestTrade, figures.worstTrade]).toEqual([46, -52]);
  expect([figures.shortestHoldingMs, figures.meanHoldingMs]).toEqual([3 * HOUR, 3 * HOUR]);
  // −6, −52, −6, −6 and 40, 7, 46, 16.
  expect(figures.meanAdverseR).toBeCloseTo(-70 / 80, 12);
  expect(figures.meanFavourableR).toBeCloseTo(109 / 80, 12);
  expect(figures.longestWins?.trades).toBe(2);
  expect(figures.longestLosses).toEqual({ trades: 1, profit: -52 });
});

test('open positions count in the equity, not in the trades', () => {
  const figures = figuresOf(smallResult({ finalEquity: money(1_020_000_000), openPositions: 1 }));
  expect(figures.change).toBe(20);
  expect(figures.netProfit).toBe(50);
});

test('a ratio of too few days or trades carries its count and is said not to be meaningful', () => {
  const rows = figureRows(figuresOf(smallResult()), 'USD');
  const sharpe = rows.find(({ key }) => key === 'sharpe');
  expect(sharpe?.basis).toEqual({ n: 6, of: 'days', meaningful: false });
  expect(sharpe?.text).toMatch(/ \(n=6, not meaningful\)$/);
  expect(rows.find(({ key }) => key === 'winRate')?.text).toBe('75.00 % (n=4, not meaningful)');
  expect(rows.find(({ key }) => key === 'valueAtRisk95')?.text).toContain(', normal');
  // A fact needs no numbers.
  expect(rows.find(({ key }) => key === 'netProfit')).toMatchObject({ text: '+50.00 USD' });
  const many = figureRows(figuresOf(walkResult()), 'USD');
  expect(many.filter(({ basis }) => basis !== undefined && !basis.meaningful)).toEqual([]);
  expect(new Set(many.map(({ key }) => key)).size).toBe(many.length);
});

test('without trades or days nothing is invented', () => {
  const figures = figuresOf(smallResult({ trades: [], days: [], finalEquity: money(1_000_000_000) }));
  expect(figures.change).toBe(0);
  const { sharpe, profitFactor, expectancyR, tailRisk95, meanHoldingMs, zScore, tradesPerDay } = figures;
  expect([sharpe, profitFactor, expectancyR, tailRisk95, meanHoldingMs, zScore, tradesPerDay]).toEqual(
    new Array(7).fill(null),
  );
  const shown = figureRows(figures, 'USD').find(({ key }) => key === 'sharpe');
  expect(shown?.text).toBe('–');
});

test('a drawdown that did not recover ends with the test', () => {
  const curve = { at: Float64Array.of(0, 10, 20, 30), equity: Float64Array.of(100, 120, 90, 119) };
  expect(drawdownFigures(curve, 50)).toEqual({
    ratio: 0.25,
    startedAt: 10,
    troughAt: 20,
    recoveredAt: null,
    amount: 30,
    longestMs: 40,
  });
  expect([...underwater(curve).equity]).toEqual([0, 0, -0.25, 119 / 120 - 1]);
});

test('the year has 365 days only where both days of the weekend end with data', () => {
  const marks = (days: readonly number[]): DayMark[] =>
    days.map((day) => ({ at: unixMs(MONDAY + (day + 1) * DAY), equity: money(1), lowest: money(1) }));
  expect(daysPerYear(marks([0, 1, 2, 3, 4, 5, 6]))).toBe(365);
  expect(daysPerYear(marks([0, 1, 2, 3, 4, 7]))).toBe(252);
  // FX by the days of UTC: Sunday evening has bars, Saturday none.
  expect(daysPerYear(marks([-1, 0, 1, 2, 3, 4, 6]))).toBe(252);
});

/** A symbol that closes once a day at these prices. */
function dailyRecord(symbol: string, close: readonly number[]): SymbolRecord {
  const prices = Int32Array.from(close);
  const at = Float64Array.from(close, (_, day) => MONDAY + (day + 1) * DAY);
  const [open, high, low] = [prices, prices, prices];
  const probabilities = new Float32Array(3 * close.length);
  const scale = { digits: 0, ticksPerUnit: 1, lotsPerStep: 1 };
  return {
    symbol,
    ...scale,
    closeAt: at,
    open,
    high,
    low,
    close: prices,
    probabilities,
    regimes: new Uint8Array(close.length),
  };
}

test('beta and alpha come from 60 days on: an account that does half of what the market does, and a bit more', () => {
  const market = [1_000_000_000];
  const equity: number[] = [];
  let own = 1_000;
  for (let day = 1; day <= 80; day++) {
    const returned = day % 3 === 0 ? -0.02 : 0.015;
    market.push(Math.round(market.at(-1)! * (1 + returned)));
    own *= 1 + 0.5 * returned + 0.001;
    equity.push(own);
  }
  const days = [1_000, ...equity].map((units, day) => ({
    at: unixMs(MONDAY + (day + 1) * DAY),
    equity: money(Math.round(units * 1e6)),
    lowest: money(0),
  }));
  const records = [dailyRecord('EURUSD', market)];
  const figures = figuresOf(smallResult({ records, days }));
  expect(figures.beta).toBeCloseTo(0.5, 6);
  expect(figures.alpha).toBeCloseTo(0.001 * figures.daysPerYear, 5);
  expect(figuresOf(smallResult({ records, days: days.slice(0, 60) })).beta).toBeNull();
});

test('slippage is shown with its mean and its 95 % quantile', () => {
  const trades = Array.from({ length: 21 }, (_, i) => trade(0, 1, { slippageTicks: i }));
  const figures = figuresOf(smallResult({ trades }));
  expect(figures.meanSlippageTicks).toBe(10);
  expect(figures.slippage95Ticks).toBe(19);
});
