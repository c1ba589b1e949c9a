/** The golden vector of the metrics, computed independently: equal to nine digits. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  equityFigures,
  ewmaDeviation,
  ewmaRisk,
  maxDrawdown,
  probabilisticSharpe,
  returnsOf,
  tailRisk,
  tradeFigures,
  yearlyGrowth,
} from '../../src/domain/metrics.ts';
import {
  correlation,
  linearFit,
  normalCdf,
  quantile,
  quantileOfSorted,
  shapeOf,
  shareInterval,
} from '../../src/domain/statistics.ts';
import { sequenceFigures } from '../../src/domain/trade-sequence.ts';

const EQUITY = [10000, 10050, 9990, 10080, 10120, 10035, 10110, 10200, 10150, 10090, 10240, 10300, 10270];
const PROFITS = [50, -60, 90, 40, -85, 75, 90, -50, -60, 150, 60, -30];

const equal = (actual: number | null, expected: number) =>
  expect(Math.abs((actual ?? Number.NaN) / expected - 1)).toBeLessThan(1e-9);

test('equity figures equal the golden vector', () => {
  const figures = equityFigures(EQUITY, 252);
  equal(figures.sharpe, 4.73436782);
  equal(figures.sortino, 9.383732403);
  equal(figures.volatility, 0.1196893249);
  equal(figures.valueAtRisk95, 0.007063226358);
  equal(figures.conditionalValueAtRisk95, 0.008399209486);
  equal(figures.ulcer, 0.004437426771);
  equal(maxDrawdown(EQUITY), 0.01078431373);
});

test('tail risk, shape and probabilistic Sharpe equal the golden vector', () => {
  const returns = returnsOf(EQUITY);
  const [risk95, risk99] = [tailRisk(returns, 0.95), tailRisk(returns, 0.99)];
  // Twelve days have no tail of their own.
  expect(risk95?.method).toBe('normal');
  equal(risk95?.valueAtRisk ?? null, 0.0101531096);
  equal(risk95?.conditional ?? null, 0.01330365031);
  equal(risk99?.valueAtRisk ?? null, 0.015291384567);
  equal(risk99?.conditional ?? null, 0.0178463415185);
  const shape = shapeOf(returns);
  equal(shape?.skewness ?? null, 0.004233570961);
  equal(shape?.kurtosis ?? null, 1.704747592);
  equal(probabilisticSharpe(returns), 0.8369724446);
});

test('from 60 returns on, tail risk is what was seen', () => {
  // 100 returns of −50 … +49 in thousandths: type 7 puts the 5 % quantile at rank 4.95, so −0.05 + 0.00495.
  const returns = Array.from({ length: 100 }, (_, i) => (i - 50) / 1_000);
  const risk = tailRisk(returns, 0.95);
  expect(risk?.method).toBe('historical');
  equal(risk?.valueAtRisk ?? null, 0.04505);
  // The five worst: −0.050 … −0.046.
  equal(risk?.conditional ?? null, 0.048);
});

test('the volatility of late weighs a day 0.94 of the next, and its tail is the normal one', () => {
  const returns = returnsOf(EQUITY);
  equal(ewmaDeviation(returns), 0.007672769103487044);
  const [risk95, risk99] = [ewmaRisk(returns, 0.95), ewmaRisk(returns, 0.99)];
  equal(risk95?.valueAtRisk ?? null, 0.01262058208863186);
  equal(risk95?.conditional ?? null, 0.01582671909881001);
  equal(risk99?.valueAtRisk ?? null, 0.01784953009190333);
  equal(risk99?.conditional ?? null, 0.020449573324043627);
  expect(ewmaDeviation([0.01])).toBeNull();
});

test('the order of trades equals figures computed independently', () => {
  const figures = sequenceFigures(PROFITS, 10_000);
  equal(figures.zScore, 1.0410301832149402);
  equal(figures.averageHoldingPeriodReturn, 1.0022486241594166);
  equal(figures.geometricHoldingPeriodReturn, 1.002222627294357);
  equal(figures.linearCorrelation, 0.8747144992974923);
  equal(figures.linearStandardError, 51.079138810070226);
  // 10 200 after the seventh trade to 10 090 after the ninth; recovery 270 ÷ 110 is the golden 2.454545455.
  expect(figures.balanceDrawdown).toBe(110);
  equal(270 / figures.balanceDrawdown, 2.454545455);
  equal(figures.balanceDrawdownRatio, 0.01078431373);
  // + − ++ − ++ −− ++ −: three pairs of wins, 210 the richest (150 + 60); one pair of losses, 110.
  expect(figures.longestWins).toEqual({ trades: 2, profit: 130 });
  expect(figures.richestWins).toEqual({ trades: 2, profit: 210 });
  expect(figures.longestLosses).toEqual({ trades: 2, profit: -110 });
  expect(figures.costliestLosses).toEqual({ trades: 2, profit: -110 });
});

test('a draw ends a streak and is neither won nor lost', () => {
  const figures = sequenceFigures([-5, 0, -5, -6, 0], 100);
  expect(figures.longestLosses).toEqual({ trades: 2, profit: -11 });
  expect(figures.longestWins).toBeNull();
});

test('the normal distribution and the fit of a line agree with independent figures', () => {
  equal(normalCdf(-3.1), 0.000967603213218371);
  equal(normalCdf(-1), 0.15865525393145707);
  expect(normalCdf(0)).toBe(0.5);
  equal(normalCdf(2.2), 0.9860965524865014);
  equal(normalCdf(5), 0.9999997133484282);
  expect([normalCdf(-40), normalCdf(40), normalCdf(Number.NaN)]).toEqual([0, 1, Number.NaN]);
  // Exactly y = 1 + 2x.
  expect(linearFit([0, 1, 2, 3], [1, 3, 5, 7])).toEqual({ slope: 2, intercept: 1, correlation: 1, standardError: 0 });
  expect(correlation([1, 2, 3], [4, 4, 4])).toBeNull();
  const interval = shareInterval(7 / 12, 12);
  equal(interval?.low ?? null, 0.31951131254954973);
  equal(interval?.high ?? null, 0.8067396863412435);
  // +2.7 % in 100 of 365.25 days.
  equal(yearlyGrowth(10_000, 10_270, 100), 0.10220162058216964);
});

test('trade figures equal the golden vector', () => {
  const figures = tradeFigures(PROFITS);
  expect(figures.netProfit).toBe(270);
  equal(figures.profitFactor, 1.947368421);
  equal(figures.winRate, 0.5833333333);
  equal(figures.payoffRatio, 1.390977444);
  expect(figures.expectancy).toBe(22.5);
  equal(figures.expectancyRatio, 0.3947368421);
  equal(figures.sqn, 1.023632934);
  equal(figures.kelly, 0.2837837838);
  expect(figures.longestLosingStreak).toBe(2);
  expect([[], [3, -1, -2], [-1, 0], [-4]].map((profits) => tradeFigures(profits).losingStreak)).toEqual([0, 2, 0, 1]);
});

test('what is not defined is null, never zero or infinity', () => {
  const none = tradeFigures([]);
  expect([none.winRate, none.profitFactor, none.expectancy, none.kelly, none.sqn]).toEqual([
    null,
    null,
    null,
    null,
    null,
  ]);
  expect(tradeFigures([10, 20]).profitFactor).toBeNull();
  expect(tradeFigures([5]).sqn).toBeNull();
  const flat = equityFigures([100, 100, 100], 365);
  expect([flat.sharpe, flat.sortino]).toEqual([null, null]);
  expect(equityFigures([100], 252).valueAtRisk95).toBeNull();
  expect(tailRisk([0.01], 0.95)).toBeNull();
  expect(probabilisticSharpe([0.01, 0.01])).toBeNull();
  expect(yearlyGrowth(100, -5, 30)).toBeNull();
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
  const order = sequenceFigures([], 100);
  expect([order.zScore, order.linearCorrelation, order.averageHoldingPeriodReturn]).toEqual([null, null, null]);
  expect(sequenceFigures([-150, 20], 100).geometricHoldingPeriodReturn).toBeNull();
});

test('a quantile is that of the values in order, however they lie', () => {
  // Few different values, so that many are alike.
  const values = fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true, min: -1e9, max: 1e9 })), {
    minLength: 1,
    maxLength: 60,
  });
  const share = fc.oneof(fc.constantFrom(0, 0.01, 0.05, 0.95, 0.99, 1), fc.double({ min: 0, max: 1, noNaN: true }));
  fc.assert(
    fc.property(values, share, (drawn, p) => {
      const asDrawn = [...drawn];
      // 0 and −0 are one value.
      expect(quantile(drawn, p) + 0).toBe(quantileOfSorted(Float64Array.from(drawn).sort(), p) + 0);
      expect(drawn).toEqual(asDrawn);
    }),
    { numRuns: 2_000 },
  );
  expect(quantile([], 0.5)).toBeNaN();
  expect(quantile([1, Number.NaN, 3], 0)).toBeNaN();
});
