/** The golden vector of the metrics, computed independently: equal to nine digits. */
import { expect, test } from 'vitest';
import { equityFigures, maxDrawdown, quantile, tradeFigures } from '../../src/domain/metrics.ts';

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
  expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
});
