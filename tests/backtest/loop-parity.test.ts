/** The engine passes over quiet bars and holds through calm ones; the plain loop plays every bar in full. They must end the same. */
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { predictorOf } from '../../src/adapters.ts';
import { brokerOf } from '../../src/broker/paper/configured-broker.ts';
import type { Config } from '../../src/config/config.ts';
import { tradingPolicyOf } from '../../src/config/policy.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import type { Predictor } from '../../src/domain/ports.ts';
import { unixMs } from '../../src/domain/units.ts';
import { measuredRun } from '../support/measured-run.ts';
import { type LoopResult, plainLoop } from '../support/plain-loop.ts';
import { decisionsIn, hashOf, pathsIn, simulated, temporaryFolder, testConfig, tradesIn } from '../support/world.ts';

const scratch = temporaryFolder();
afterAll(() => scratch.remove());

const BARS = 1_100;

type Change = (config: Config) => Config;
const paper =
  (change: Partial<Config['paper']>): Change =>
  (config) => ({ ...config, paper: { ...config.paper, ...change } });
const trailing =
  (trailingStop: boolean): Change =>
  (config) => ({
    ...config,
    execution: { ...config.execution, position: { ...config.execution.position, trailingStop } },
  });
const tightLimits: Change = (config) => ({
  ...config,
  limits: { ...config.limits, maxLoss: { day: 0.004, week: 0.012, month: 0.03 }, maxDrawdown: 0.04 },
});
/** Two positions at once stand a little above this margin level, until a loss takes them there. */
const extremeLimits: Change = (config) => ({
  ...config,
  // Nothing keeps the two small.
  exposure: { ...config.exposure, maxLeverage: null },
  limits: {
    ...config.limits,
    maxLoss: { day: 0.5, week: 0.5, month: 0.5 },
    extreme: { marginLevelMin: 5.38, worstCaseMax: 0.2, valueAtRiskMax: 0.5 },
  },
});
const orders =
  (change: Partial<Config['execution']['order']>): Change =>
  (config) => ({ ...config, execution: { ...config.execution, order: { ...config.execution.order, ...change } } });

type Rules = Config['execution']['position'];
const rules =
  (change: Partial<Rules>): Change =>
  (config) => ({
    ...config,
    execution: { ...config.execution, position: { ...config.execution.position, ...change } },
  });
const CHANDELIER: Partial<Rules> = {
  trailing: { kind: 'chandelier', atrMultiple: 2.5, startR: 0.5 },
  breakEven: { after: 0.4, unit: 'r' },
  timeStop: { bars: 30, belowR: 0.25 },
  profitLadder: [
    { atR: 0.3, fraction: 0.4 },
    { atR: 0.8, fraction: 0.3 },
  ],
};

const CASES: readonly (readonly [string, number, readonly Change[]])[] = [
  ['as shipped', 7, []],
  ['no latency, no trailing stop', 8, [paper({ latencyMs: 0 }), trailing(false)]],
  [
    'refusals, partial fills, drawn slippage',
    9,
    [
      paper({
        rejectionProbability: 0.15,
        partialFillProbability: 0.2,
        slippageDistribution: 'exponential',
        slippagePoints: 4,
      }),
    ],
  ],
  ['limits that are reached', 10, [tightLimits]],
  ['limit orders', 11, [orders({ type: 'limit' }), trailing(false)]],
  [
    'stop entries for the day, kept or closed after slippage',
    17,
    [
      orders({ type: 'stop', timeInForce: 'day', onSlippage: 'close', maxSlippage: 0.00001, filling: 'return' }),
      paper({ partialFillProbability: 0.3, latencyMs: 0 }),
    ],
  ],
  [
    'stop-limit entries for two hours',
    18,
    [
      orders({ type: 'stop_limit', timeInForce: 'gtd', goodForMs: 7_200_000, filling: 'fok' }),
      paper({ partialFillProbability: 0.2 }),
    ],
  ],
  ['chandelier, break-even, time stop and profit ladder', 15, [rules(CHANDELIER)]],
  [
    'a stop behind the price by the ATR, break-even by the ATR, a time stop for all, refusals',
    16,
    [
      rules({
        trailing: { kind: 'atr', atrMultiple: 1.5, startR: 0 },
        breakEven: { after: 1, unit: 'atr', points: 5 },
        timeStop: { bars: 12 },
      }),
      paper({ rejectionProbability: 0.1, partialFillProbability: 0.2 }),
    ],
  ],
];

/** As a backtest asks it that leaves the guards out: nothing measures how unlike its training the features are, and nothing shrinks. */
function unguarded(predictor: Predictor): Predictor {
  return {
    predict: async (inputs) =>
      (await predictor.predict(inputs)).map((answer) => {
        if (answer.kind === 'neutral') return answer;
        const { dissimilarity: _, ...plain } = answer;
        return plain;
      }),
    turnOver: () => {
      const turnover = predictor.turnOver?.();
      const serving = [...(turnover?.serving ?? [])].map(([symbol, { guards: _, ...card }]) => [symbol, card] as const);
      return { refused: [], ...turnover, serving: new Map(serving) };
    },
    close: () => predictor.close(),
  };
}

test.each(CASES)('%s', { timeout: 60_000 }, async (name, seed, changes) => {
  await proveParity(name, seed, changes, false);
});

test('with the guards of the model', { timeout: 60_000 }, async () => {
  await proveParity('guards', 12, [], true);
});

/** A floor that follows the peak of a floating profit, and midnights that are not the session's. */
const underMandate: Change = (config) => ({
  ...config,
  limits: { ...config.limits, maxLoss: { day: 0.5, week: 0.5, month: 0.5 } },
  mandate: {
    dailyLoss: 0.02,
    maxLoss: 0.2,
    trailing: { loss: 0.012, of: 'equity', locksAtStart: false },
    maxLots: 0.2,
    buffer: 0.2,
    timezone: 'Europe/Athens',
    dayStartMinutes: 0,
  },
});

test('a mandate that makes sizes smaller, with midnights of its own', { timeout: 60_000 }, async () => {
  const { events } = await proveParity('mandate', 14, [underMandate, trailing(false)], false);
  expect(events.filter(({ kind }) => kind === 'mandate_rolled').length).toBeGreaterThan(2);
  const caps = decisionsIn(events).map(({ sizing }) => sizing?.cappedBy);
  expect(caps).toContain('mandate_loss');
});

/** Every six hours something is released, for euros and for all; the simulated week ends on the way. */
const flatAtTimes: Change = (config) => {
  const events = Array.from({ length: 60 }, (_, i) => ({
    at: unixMs(Date.UTC(2026, 0, 5, 6 * i, 30)),
    currency: i % 2 === 0 ? 'EUR' : 'ALL',
    impact: 'high' as const,
    title: `release ${i}`,
  }));
  const news = {
    file: 'by hand',
    sha256: '',
    events,
    beforeMs: 0,
    afterMs: 0,
    knownFrom: unixMs(0),
    knownTo: unixMs(Date.UTC(2030, 0)),
    whenUnknown: 'allow' as const,
  };
  const { mandate } = config;
  const flat = { beforeWeekendMs: 600_000, beforeNewsMs: 900_000, afterNewsMs: 600_000 };
  return {
    ...config,
    mandate: mandate && { ...mandate, flat },
    trading: { ...config.trading, news },
  };
};

test('a mandate that wants nothing open around news and before the weekend', { timeout: 60_000 }, async () => {
  const { events } = await proveParity('mandate, flat', 14, [underMandate, flatAtTimes, trailing(false)], false);
  const reasons = tradesIn(events).map(({ exitReason }) => exitReason);
  expect(reasons).toEqual(expect.arrayContaining(['mandate_news', 'mandate_weekend']));
});

test('extreme risk that is reached', { timeout: 60_000 }, async () => {
  const {
    state: { causes },
  } = await proveParity('extreme risk', 13, [extremeLimits], false);
  expect(causes.halted?.reason).toContain('extreme risk: margin level');
});

/** Each has a book of its own. */
let venues = 0;

async function proveParity(
  name: string,
  seed: number,
  changes: readonly Change[],
  guards: boolean,
): Promise<LoopResult> {
  const config = testConfig((shipped) => changes.reduce((made, change) => change(made), shipped));
  const paths = { ...pathsIn(scratch.path), venue: join(scratch.path, `${venues++}.json`) };
  const broker = brokerOf(config, paths);
  const predictor = await predictorOf(config, () => undefined);
  const plain = await plainLoop(
    tradingPolicyOf(config),
    simulated(config, BARS, seed),
    broker,
    guards ? predictor : unguarded(predictor),
  );
  await predictor.close();
  await broker.close();
  const measured = await measuredRun(config, simulated(config, BARS, seed), guards);

  const trades = tradesIn(plain.events);
  expect(trades.length, `${name}: too few trades to prove anything`).toBeGreaterThan(10);
  expect(measured.trades).toMatchObject(trades);
  expect(measured.trades).toHaveLength(trades.length);
  expect(outcomes(measured.decisions)).toEqual(outcomes(judged(plain.events)));
  expect(measured.finalEquity).toBe(plain.state.account.equity);
  expect(measured.stateHash).toBe(hashOf(plain.state));
  return plain;
}

interface Judged {
  readonly symbol: string;
  readonly barClosedAt: number;
  readonly outcome: string;
}

const outcomes = (decisions: readonly Judged[]) =>
  decisions.map(({ symbol, barClosedAt, outcome }) => `${symbol} ${barClosedAt} ${outcome}`);

/** Decisions on signals that were not flat: only these are evaluated up to the confidence. */
const judged = (events: readonly DomainEvent[]): Judged[] =>
  decisionsIn(events)
    .filter(({ verdicts }) => verdicts.some(({ check }) => check === 'confidence_minimum'))
    .map((decision) => ({
      symbol: decision.symbol,
      barClosedAt: decision.barClosedAt,
      outcome: decision.outcome === 'approved' ? 'approved' : decision.reason,
    }));
