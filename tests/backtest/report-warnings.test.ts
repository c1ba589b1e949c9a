/** What the report says before its figures: each warning by the case that it is for, and the verdict. */
import { expect, test } from 'vitest';
import { reportOf } from '../../src/backtest/report/report.ts';
import type { WarningKind } from '../../src/backtest/report/warnings.ts';
import type { BacktestResult, DecisionRecord } from '../../src/backtest/result.ts';
import { money, moneyFromUnits, unixMs } from '../../src/domain/units.ts';
import { walkResult } from './report-fixture.ts';
import { MONDAY, smallResult, trade, withAssumptions } from './small-result.ts';

const DAY = 86_400_000;
const kinds = (result: BacktestResult): WarningKind[] =>
  reportOf(result, { runs: 10 }).warnings.map(({ kind }) => kind);

const trainedUntil = (to: number, simulated = false) =>
  withAssumptions({
    models: [
      { name: 'm', sha256: 'a'.repeat(64), training: { from: unixMs(MONDAY - 9 * DAY), to: unixMs(to), simulated } },
    ],
  });

test('a model that was trained on a part of the tested time is a loud warning, the first, and the verdict', () => {
  // Two of eight days.
  const { warnings, verdict } = reportOf(trainedUntil(MONDAY + 2 * DAY), { runs: 10 });
  expect(warnings[0]).toMatchObject({ kind: 'in_sample', severity: 'loud' });
  expect(warnings[0]?.text).toContain('which is 25 % of the tested time');
  expect(warnings[0]?.text).toContain('2024-01-31');
  expect(verdict.kind).toBe('proves_nothing');
  expect(kinds(trainedUntil(MONDAY))).not.toContain('in_sample');
});

test('a model of simulated prices, and one of unknown training, are said to be', () => {
  expect(kinds(trainedUntil(MONDAY - DAY, true))[0]).toBe('simulated_model');
  expect(kinds(withAssumptions({ models: [{ name: 'm', sha256: 'a', training: null }] }))).toContain(
    'training_unknown',
  );
});

test('costs of zero are named one by one', () => {
  const { assumptions } = withAssumptions({ commissionPerLot: money(0) });
  const costs = { commission: money(0), swap: money(0), spread: money(0), slippage: money(-1) };
  const { warnings } = reportOf(smallResult({ assumptions, costs }), { runs: 10 });
  const found = warnings.find(({ kind }) => kind === 'zero_costs');
  expect(found?.text).toContain('Zero spread, commission:');
  expect(kinds(smallResult())).not.toContain('zero_costs');
});

test('few trades and few days are told, and nobody is told of them where there are enough', () => {
  expect(kinds(smallResult())).toEqual(expect.arrayContaining(['few_trades', 'few_days']));
  const many = kinds(walkResult());
  expect(many).not.toContain('few_trades');
  expect(many).not.toContain('few_days');
});

test('one trade that is more than half of the profit', () => {
  // 46 of 50.
  expect(kinds(smallResult())).toContain('one_trade');
  const even = smallResult({ trades: [trade(0, 20), trade(1, 20), trade(2, 20)] });
  expect(kinds(even)).not.toContain('one_trade');
  // A loss has no profit to be a part of.
  expect(kinds(smallResult({ trades: [trade(0, 20), trade(1, -30)] }))).not.toContain('one_trade');
});

test('costs that turn a profit into a loss', () => {
  // −5 after 13 of costs is +8 before.
  const result = smallResult({ finalEquity: moneyFromUnits(995) });
  const found = reportOf(result, { runs: 10 }).warnings.find(({ kind }) => kind === 'costs_decide');
  expect(found?.text).toBe('Costs decide: +8.00 USD before them, −13.00 USD of costs.');
});

test('ambiguous bars with their share, and a band that is wider than the result', () => {
  const result = smallResult({ ambiguousBars: 2 });
  const band = { optimistic: moneyFromUnits(80), pessimistic: moneyFromUnits(-20) };
  const { warnings } = reportOf(result, { runs: 10, band });
  expect(warnings.find(({ kind }) => kind === 'ambiguous_bars')?.text).toContain(
    '2 bars held both stop and target, 50.0 % of',
  );
  expect(warnings.find(({ kind }) => kind === 'fill_rule_decides')).toMatchObject({ severity: 'warning' });
  const narrow = { optimistic: moneyFromUnits(55), pessimistic: moneyFromUnits(50) };
  const noted = reportOf(result, { runs: 10, band: narrow }).warnings.find(({ kind }) => kind === 'fill_rule_decides');
  expect(noted).toMatchObject({ severity: 'note' });
  expect(noted?.text).toContain('between +50.00 USD and +55.00 USD');
  expect(kinds(withAssumptions({ fillRule: 'optimistic' }))).toContain('optimistic_fills');
});

test('the gravest stand first, whatever they are about', () => {
  const result = { ...trainedUntil(MONDAY + DAY), ambiguousBars: 1, openPositions: 1 };
  const severities = reportOf(result, { runs: 10 }).warnings.map(({ severity }) => severity);
  expect(severities).toEqual(['loud', 'warning', 'warning', 'warning', 'note', 'note']);
});

test('positions open at the end, with what they float', () => {
  const result = smallResult({ openPositions: 2, finalEquity: moneyFromUnits(1_040) });
  const found = reportOf(result, { runs: 10 }).warnings.find(({ kind }) => kind === 'open_positions');
  expect(found?.text).toContain('2 positions still open at the end, −10.00 USD');
});

const refused = (outcome: DecisionRecord['outcome']): DecisionRecord => ({
  symbol: 'EURUSD',
  barClosedAt: unixMs(MONDAY),
  side: 'buy',
  confidence: 0.5,
  expectedValueR: 0,
  regime: 'range',
  outcome,
});

test('no trades: the most frequent refusal says why', () => {
  const none = { trades: [], days: [], finalEquity: moneyFromUnits(1_000), finalBalance: moneyFromUnits(1_000) };
  const decisions = [refused('spread_limit'), refused('confidence_minimum'), refused('confidence_minimum')];
  const report = reportOf(smallResult({ ...none, decisions }), { runs: 10 });
  expect(report.verdict).toEqual({
    kind: 'no_trades',
    text: '0.00 USD (0.0 %) in 8 days, 0 trades: nothing was traded',
  });
  expect(report.warnings.find(({ kind }) => kind === 'no_trades')?.text).toBe(
    'No trade was closed. 3 signals were refused, most often for: confidence (2 times).',
  );
  expect(report.monteCarlo).toBeNull();
  const flat = reportOf(smallResult(none), { runs: 10 }).warnings.find(({ kind }) => kind === 'no_trades');
  expect(flat?.text).toContain('All 144 bars had a flat signal');
});

test('the verdict: a loss, too little, luck, holding, and better than both', () => {
  const verdictOf = (result: BacktestResult) => reportOf(result, { runs: 10 }).verdict;
  expect(verdictOf(smallResult({ finalEquity: moneyFromUnits(948.6) })).text).toBe(
    '−51.40 USD (−5.1 %) in 8 days, 4 trades: worse than doing nothing',
  );
  expect(verdictOf(smallResult()).kind).toBe('too_few');
  const rising = (up: number, down: number, held: number): BacktestResult => {
    let equity = 1_000;
    const days = Array.from({ length: 100 }, (_, day) => {
      equity += day % 2 === 0 ? up : down;
      return { at: unixMs(MONDAY + (day + 1) * DAY), equity: moneyFromUnits(equity), lowest: moneyFromUnits(equity) };
    });
    const trades = Array.from({ length: 40 }, (_, i) => trade(i, 1));
    const [hold] = smallResult().buyAndHold;
    return smallResult({
      days,
      trades,
      finalEquity: moneyFromUnits(equity),
      buyAndHold: [{ ...hold!, returned: held }],
    });
  };
  // A tenth of the swing is left each two days: Sharpe a day about 0.05, not told from luck in 100 days.
  expect(verdictOf(rising(11, -10, 0)).kind).toBe('luck_not_excluded');
  // +100 in all, 10 %.
  expect(verdictOf(rising(3, -1, 0.5)).kind).toBe('less_than_holding');
  expect(verdictOf(rising(3, -1, 0.02)).kind).toBe('better_than_both');
});

test('a halt is told with its date and how much of the time it cost', () => {
  // After two of eight days.
  const { warnings } = reportOf(smallResult({ haltedAt: unixMs(MONDAY + 2 * DAY) }), { runs: 10 });
  const found = warnings.find(({ kind }) => kind === 'halted');
  expect(found?.text).toContain('HALTED on 2024-01-31: equity was 20 % under its peak');
  expect(found?.text).toContain('in the last 75 % of the tested time');
  expect(kinds(smallResult())).not.toContain('halted');
});

test('detail that covers a part of the time is told, and detail that covers all of it is not', () => {
  const covering = (days: number) =>
    withAssumptions({
      fillRule: 'detail',
      detail: { of: 'M1 candles', from: unixMs(MONDAY - DAY), to: unixMs(MONDAY + days * DAY) },
    });
  const { warnings } = reportOf(covering(2), { runs: 10 });
  expect(warnings.find(({ kind }) => kind === 'detail_incomplete')?.text).toContain('cover 25 % of the tested time');
  expect(kinds(covering(8))).not.toContain('detail_incomplete');
});
