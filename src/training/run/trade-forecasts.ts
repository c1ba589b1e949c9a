/** What forecasts earn after costs: traded bar by bar by the engine that trades live, on the paper venue's terms. */
import { type BacktestFacts, type MeasuredMarket, runMeasured } from '../../backtest/run-backtest.ts';
import { configuredRules } from '../../broker/paper/configured-rules.ts';
import type { VenueRules } from '../../broker/paper/rules.ts';
import type { Config } from '../../config/config.ts';
import { FeatureEngine } from '../../domain/features.ts';
import { sharpeRatio, tradeFigures } from '../../domain/metrics.ts';
import { symbolPolicy, type TradingPolicy } from '../../domain/policy.ts';
import { REGIMES } from '../../domain/regime.ts';
import { moneyToUnits } from '../../domain/units.ts';
import type { Material } from './material.ts';

export interface TradedForecasts {
  readonly trades: number;
  /** Units of the account's currency. */
  readonly netProfit: number;
  readonly expectancyR: number | null;
  readonly winRate: number | null;
  readonly profitFactor: number | null;
  /** Of the account, at the end of each trading day of the tested span, in units of its currency. */
  readonly equity: readonly { readonly at: number; readonly value: number }[];
  /** Fractions, one a trading day of the tested span. */
  readonly dailyReturns: Float64Array;
  /** Of a day, not annualised. */
  readonly dailySharpe: number | null;
}

/** Row-major probabilities by bar; NaN where nothing was foretold. */
export function tradeForecasts(
  config: Config,
  policy: TradingPolicy,
  { candles, ready, atrTicks, reachAtr }: Material,
  probabilities: Float32Array,
): TradedForecasts {
  const { first, last } = foretoldSpan(probabilities);
  const { instrument } = symbolPolicy(policy, candles.symbol);
  const id = 'forecasts';
  const asked = { hash: '', columns: 0, likeness: undefined, prepare, predictRows };
  const source = { kind: 'model', id, facts: NO_FACTS, card: { id, reachAtr }, ...asked } as const;
  const market: MeasuredMarket = {
    candles: { ...candles, length: last + 1 },
    source,
    firstRow: first,
    kept: false,
    measures: {
      ready: ready.map((isReady, row) => (Number.isNaN(probabilities[row * 3] ?? Number.NaN) ? 0 : isReady)),
      atrTicks,
      regimes: new Uint8Array(candles.length).fill(REGIMES.indexOf('unknown')),
      regimeConfidences: new Float64Array(candles.length),
      probabilities,
      snapshot: new FeatureEngine(instrument, policy.timeframeMs, { atrPeriod: policy.atrPeriod }).snapshot(),
    },
  };
  const rules = configuredRules(config);
  const facts = runMeasured(
    {
      policy: withoutHalts(policy),
      rules: { ...rules, symbols: withSpreadOf(rules.symbols) },
      opening: config.paper.balance,
      measured: [market],
    },
    'pessimistic',
  );
  return figuresOf(facts, moneyToUnits(config.paper.balance));
}

/** The candles carry the spread that is reckoned with, so decisions and venue see the same. */
const withSpreadOf = (symbols: VenueRules['symbols']): VenueRules['symbols'] =>
  new Map([...symbols].map(([name, rules]) => [name, { ...rules, spread: 'feed' as const }]));

const NO_FACTS = { name: 'forecasts', sha256: '', training: null };

const prepare = (): void => undefined;

function predictRows(): never {
  throw new Error('forecasts are traded as they are: no model is asked');
}

const NOTHING_EXTREME = { marginLevelMin: null, worstCaseMax: null, valueAtRiskMax: null };

/** A limit or a pause that ends trading would end the evidence. Regimes are not looked at: the forecasts are on trial, not the filter. */
function withoutHalts(policy: TradingPolicy): TradingPolicy {
  const unknown = { allowed: true, sizeFactor: 1, stopFactor: 1 };
  return {
    ...policy,
    regimes: { ...policy.regimes, unknown },
    limits: { ...policy.limits, maxLoss: { day: 1, week: 1, month: 1 }, maxDrawdown: 1, extreme: NOTHING_EXTREME },
    pace: { ...policy.pace, losingStreak: { account: null, symbol: null }, repeated: null },
    riskLevel: null,
    mandate: null,
  };
}

function foretoldSpan(probabilities: Float32Array): { first: number; last: number } {
  let first = -1;
  let last = -1;
  for (let row = 0; row < probabilities.length / 3; row++) {
    if (Number.isNaN(probabilities[row * 3] ?? Number.NaN)) continue;
    if (first < 0) first = row;
    last = row;
  }
  if (first < 0) throw new Error('there are no forecasts to trade');
  return { first, last };
}

function figuresOf({ trades, days }: BacktestFacts, opening: number): TradedForecasts {
  const { netProfit, winRate, profitFactor } = tradeFigures(trades.map(({ profit }) => moneyToUnits(profit)));
  const risked = trades.filter(({ initialRisk }) => initialRisk > 0);
  const inR = risked.map(({ profit, initialRisk }) => profit / initialRisk);
  const equity = [opening, ...days.map((day) => moneyToUnits(day.equity))];
  const dailyReturns = Float64Array.from(days, (_, day) => (equity[day + 1] ?? 0) / (equity[day] ?? 1) - 1);
  return {
    trades: trades.length,
    netProfit,
    winRate,
    profitFactor,
    equity: days.map((day) => ({ at: day.at, value: moneyToUnits(day.equity) })),
    expectancyR: inR.length === 0 ? null : inR.reduce((sum, each) => sum + each, 0) / inR.length,
    dailyReturns,
    dailySharpe: sharpeRatio(dailyReturns),
  };
}
