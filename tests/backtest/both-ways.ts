/** The same bars, models and costs through the plain loop and through the backtest engine, for tests that hold one against the other. */
import { expect } from 'vitest';
import { predictorOf } from '../../src/adapters.ts';
import { type OpenModel, openModelSource } from '../../src/backtest/model-source.ts';
import { type BacktestFacts, measureMarkets, runMeasured } from '../../src/backtest/run-backtest.ts';
import { configuredRules } from '../../src/broker/paper/configured-rules.ts';
import { paperBroker } from '../../src/broker/paper/paper-broker.ts';
import type { Config, SymbolConfig } from '../../src/config/config.ts';
import { tradingPolicyOf } from '../../src/config/policy.ts';
import type { ConversionRule } from '../../src/domain/instrument.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import type { BarFeed } from '../../src/domain/ports.ts';
import type { RegimeModel } from '../../src/domain/regime-model.ts';
import { price } from '../../src/domain/units.ts';
import { featureSpecsOf, knownFeaturesOf } from '../../src/feature-specs.ts';
import type { OnnxGraph } from '../../src/inference/onnx/graph.ts';
import { featureHash, type Passport } from '../../src/inference/passport.ts';
import { instrumentOf } from '../domain/random-bars.ts';
import { modelFolder } from '../inference/fixtures.ts';
import { candlesFrom } from '../support/measured-run.ts';
import { type LoopResult, plainLoop } from '../support/plain-loop.ts';
import { hashOf, testConfig, tradesIn } from '../support/world.ts';

export interface Wanted {
  readonly config: Config;
  readonly bars: readonly Bar[];
  readonly warmupBars: number;
  readonly regimeModels?: ReadonlyMap<string, RegimeModel>;
  readonly guards?: boolean;
}

export interface BothWays {
  readonly plain: LoopResult;
  readonly measured: BacktestFacts;
}

export async function bothWays(wanted: Wanted): Promise<BothWays> {
  return { plain: await inPlainLoop(wanted), measured: await inEngine(wanted) };
}

export async function inPlainLoop(wanted: Wanted): Promise<LoopResult> {
  const { config, bars, warmupBars } = wanted;
  const broker = paperBroker({
    rules: { ...configuredRules(config), fillRule: 'pessimistic' },
    opening: config.paper.balance,
    store: { load: () => undefined, save: () => undefined },
  });
  const predictor = await predictorOf(config, () => undefined);
  try {
    return await plainLoop(await policyOf(wanted), feedOf(bars, warmupBars), broker, predictor);
  } finally {
    await predictor.close();
    await broker.close();
  }
}

/** In the order of the configuration's symbols. */
export async function inEngine(wanted: Wanted): Promise<BacktestFacts> {
  const { config, bars, warmupBars, guards } = wanted;
  const { symbols, timeframe } = config.trading;
  const known = await knownFeaturesOf(config);
  const sources = new Map<string, OpenModel>();
  try {
    for (const { model } of symbols) {
      const { path } = config.models[model] ?? { path: '' };
      if (!sources.has(model)) sources.set(model, await openModelSource(path, known));
    }
    const measured = await measureMarkets({
      policy: await policyOf(wanted),
      rules: configuredRules(config),
      opening: config.paper.balance,
      markets: symbols.map(({ instrument, model }) => ({
        candles: candlesFrom(bars, instrument.symbol, timeframe),
        source: sources.get(model) as OpenModel,
      })),
      warmupBars,
      guards,
    });
    return runMeasured(measured, 'pessimistic');
  } finally {
    await Promise.all([...sources.values()].map((source) => source.close()));
  }
}

const policyOf = async ({ config, regimeModels }: Wanted): Promise<TradingPolicy> =>
  tradingPolicyOf(config, regimeModels, await featureSpecsOf(config));

/** The first close times are history, as a replay gives it. */
function feedOf(bars: readonly Bar[], warmupBars: number): BarFeed {
  const groups = [...Map.groupBy(bars, ({ closeAt }) => closeAt)]
    .sort(([a], [b]) => a - b)
    .map(([, group]) => group.toSorted((a, b) => (a.symbol < b.symbol ? -1 : 1)));
  let next = warmupBars;
  return {
    description: 'bars of a test',
    simulated: true,
    history: () => groups.slice(0, warmupBars).flat(),
    due: (after) => {
      const reached = groups[next]?.[0]?.closeAt;
      if (after !== undefined && reached !== undefined && reached <= after) next += 1;
      const group = groups[next];
      return group === undefined ? { kind: 'ended' } : { kind: 'bars', bars: group };
    },
    close: () => undefined,
  };
}

/** Both traded, and both did the same: trades one by one, equity, and every bit of the state. */
export function expectSame({ plain, measured }: BothWays, tradesAtLeast: number): void {
  const trades = tradesIn(plain.events);
  expect(trades.length, 'too few trades to prove anything').toBeGreaterThanOrEqual(tradesAtLeast);
  expect(measured.trades).toMatchObject(trades);
  expect(measured.trades).toHaveLength(trades.length);
  expect(measured.finalEquity).toBe(plain.state.account.equity);
  expect(measured.finalBalance).toBe(plain.state.account.balance);
  expect(measured.stateHash).toBe(hashOf(plain.state));
}

/** A model that believes in the side to which its weighted features lean, without more doubt than `flat`. */
export interface Leaning {
  readonly names: readonly string[];
  readonly weights: readonly number[];
  /** Added to the weighted sum. */
  readonly bias: number;
}

const FLAT_SCORE = -0.5;

export function leaningModel(leaning: Leaning, change: (sound: Passport) => Passport = (sound) => sound): string {
  const { names } = leaning;
  const inputs = Array.from({ length: 8 }, (_, row) => names.map((__, i) => 0.5 * row - i));
  return modelFolder({
    graph: leaningGraph(leaning),
    passport: (sound) =>
      change({
        ...sound,
        name: 'leaning',
        features: { pack: 'v1', names: [...names], hash: featureHash(names) },
        input: { name: 'features', shape: ['rows', names.length] },
        goldenRows: inputs.map((values) => ({ values, probabilities: leaningAnswer(leaning, values) })),
      }),
  });
}

function leaningGraph({ names, weights, bias }: Leaning): OnnxGraph {
  return {
    name: 'leaning',
    inputs: [{ name: 'features', shape: ['rows', names.length] }],
    outputs: [{ name: 'probabilities', shape: ['rows', 3] }],
    constants: {
      weights: { shape: [names.length, 3], values: Float32Array.from(weights.flatMap((w) => [-w, 0, w])) },
      bias: { shape: [3], values: Float32Array.of(-bias, FLAT_SCORE, bias) },
    },
    nodes: [
      { op: 'MatMul', inputs: ['features', 'weights'], outputs: ['leaning'] },
      { op: 'Add', inputs: ['leaning', 'bias'], outputs: ['scores'] },
      { op: 'Softmax', inputs: ['scores'], outputs: ['probabilities'], attributes: { axis: 1 } },
    ],
  };
}

function leaningAnswer({ weights, bias }: Leaning, values: readonly number[]): number[] {
  const lean = bias + values.reduce((sum, value, i) => sum + value * (weights[i] ?? 0), 0);
  const raised = [-lean, FLAT_SCORE, lean].map(Math.exp);
  const total = raised.reduce((sum, each) => sum + each, 0);
  return raised.map((each) => each / total);
}

/** Limits so wide that nothing but stops and targets ends a trade, and filters that let trades through. */
export const eager = (config: Config): Config => ({
  ...config,
  limits: {
    ...config.limits,
    riskPerTrade: 0.002,
    maxPositionMargin: 0.5,
    maxPositions: 5,
    maxDailyTrades: 10_000,
    maxLoss: { day: 0.9, week: 0.9, month: 0.9 },
    maxDrawdown: 0.9,
    extreme: { marginLevelMin: null, worstCaseMax: null, valueAtRiskMax: null },
    minConfidence: 0.5,
    minExpectedValueR: 0,
  },
});

/** One model for these symbols; `conversions` of those whose quote currency is not the account's. */
export function configWith(
  model: string,
  symbols: readonly string[],
  conversions: Readonly<Record<string, ConversionRule>> = {},
  change: (config: Config) => Config = (config) => config,
): Config {
  return testConfig((shipped) => {
    const base = eager(shipped);
    const { trading, models } = base;
    const [pattern] = trading.symbols;
    const of = (symbol: string): SymbolConfig => ({
      ...(pattern as SymbolConfig),
      instrument: instrumentOf(symbol),
      conversion: conversions[symbol] ?? { kind: 'same' },
      maxSpread: price(1_000),
    });
    return change({
      ...base,
      trading: { ...trading, symbols: symbols.map(of) },
      models: { demo: { path: model, timeoutMs: models['demo']?.timeoutMs ?? 1_000 } },
    });
  });
}
