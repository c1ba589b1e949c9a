/** What a seed's world is like: its rules, when it takes place, and which faults it knows. */
import { configuredRules } from '../../src/broker/paper/configured-rules.ts';
import type { VenueRules } from '../../src/broker/paper/rules.ts';
import type { Config } from '../../src/config/config.ts';
import { tradingPolicyOf } from '../../src/config/policy.ts';
import { INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import { TIMEFRAMES, type Timeframe } from '../../src/domain/market.ts';
import type { TradingPolicy } from '../../src/domain/policy.ts';
import { money } from '../../src/domain/units.ts';
import type { ServoTimings } from '../../src/servo/servo-parts.ts';
import { ANY_PACE, UNBOUND } from '../domain/builders.ts';
import { testConfig } from '../support/world.ts';
import type { Chance } from './chance.ts';

/** How often each thing goes wrong, as a chance a time it could; 0 in the worlds that do not know it. */
export interface FaultRates {
  readonly linkLoss: number;
  readonly linkDelay: number;
  readonly queryFails: number;
  readonly lineDown: number;
  readonly reportTwice: number;
  readonly reportLate: number;
  readonly jobs: number;
  readonly flush: number;
  readonly silence: number;
  readonly crash: number;
  readonly crashAtCommit: number;
  readonly crashAtSend: number;
  readonly standstill: number;
  readonly zombie: number;
  readonly store: number;
  readonly wallJump: number;
  readonly model: number;
  readonly feed: number;
  readonly operator: number;
  readonly terminal: number;
}

export interface Scenario {
  readonly policy: TradingPolicy;
  readonly rules: VenueRules;
  readonly opening: VenueRules['commissionPerLot'];
  readonly timings: ServoTimings;
  readonly timeframe: Timeframe;
  readonly bars: number;
  /** Close of the last bar before the world begins. */
  readonly startAt: number;
  readonly faults: FaultRates;
  readonly checkIntervalMs: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** An hour or so before something that calendars get wrong: both changes of the clock in New York, a year's end, a leap day, any day's end. */
const MOMENTS: readonly number[] = [
  Date.UTC(2025, 2, 8, 20),
  Date.UTC(2025, 2, 9, 18),
  Date.UTC(2025, 10, 1, 20),
  Date.UTC(2025, 10, 2, 20),
  Date.UTC(2025, 11, 31, 18),
  Date.UTC(2028, 1, 28, 20),
  Date.UTC(2026, 0, 30, 19),
  Date.UTC(2026, 4, 8, 20),
  Date.UTC(2026, 5, 3, 19),
];

let shipped: Config | undefined;

/** Two dollar pairs and one whose profit is converted, so that a limit on positions can be met before each symbol has one. */
function threeSymbols(): Config {
  shipped ??= testConfig((config) => {
    const [first] = config.trading.symbols;
    if (first === undefined) throw new Error('the shipped configuration trades nothing');
    const symbol = (name: string, conversion: typeof first.conversion): typeof first => {
      const spec = INSTRUMENTS[name];
      if (spec === undefined) throw new Error(`no built-in contract of ${name}`);
      return { ...first, instrument: makeInstrument(spec), conversion };
    };
    const symbols = [first, symbol('GBPUSD', { kind: 'same' }), symbol('USDJPY', { kind: 'divide', symbol: 'USDJPY' })];
    return { ...config, trading: { ...config.trading, symbols } };
  });
  return shipped;
}

export function scenarioOf(chance: Chance): Scenario {
  const config = threeSymbols();
  const timeframe = chance.pick(['M5', 'M15', 'H1', 'H1'] as const);
  const loose = chance.happens(0.5);
  const sized = tradingPolicyOf(config);
  const policy: TradingPolicy = {
    ...sized,
    timeframeMs: TIMEFRAMES[timeframe],
    leverage: 100,
    dryRun: chance.happens(0.02),
    exposure: loose ? UNBOUND : sized.exposure,
    pace: loose ? ANY_PACE : sized.pace,
    limits: {
      ...sized.limits,
      riskPerTrade: chance.pick([0.002, 0.005, 0.02]),
      maxPositionMargin: 0.5,
      maxPositions: chance.pick([1, 2, 3]),
      maxDailyTrades: chance.pick([2, 4, 8, 40]),
      maxLoss: loose ? { day: 0.5, week: 0.6, month: 0.7 } : { day: 0.02, week: 0.04, month: 0.06 },
      maxDrawdown: loose ? 0.5 : chance.pick([0.01, 0.05]),
      onLimit: chance.pick(['flatten', 'close_only']),
    },
    order: {
      ...sized.order,
      type: chance.pick(['market', 'market', 'limit']),
      retryAttempts: chance.pick([0, 1, 3]),
      maxSlippage: chance.pick([0.0002, 0.001]),
    },
    // The warm picture is of an earlier year: that gap is the world's and not the market's.
    filters: { ...sized.filters, maxGapBars: 1_000_000, gapLookbackBars: 0 },
    position: {
      ...sized.position,
      trailingStop: chance.happens(0.7),
      partialClose: chance.happens(0.7),
      ...positionRulesOf(chance.of('position rules')),
    },
    regimes: { ...sized.regimes, unknown: { allowed: true, sizeFactor: 1, stopFactor: 1 } },
  };
  return {
    policy,
    rules: rulesOf(config, policy, chance),
    // So large that a size is many lot steps, whatever sizes it down.
    opening: money(10 * config.paper.balance),
    timings: { maxErrors: 5, errorCooldownMs: 300_000, timeoutMs: 3_000, retryDelayMs: 1_000 },
    timeframe,
    bars: chance.whole(12, 30),
    startAt: startOf(chance, TIMEFRAMES[timeframe]),
    faults: faultsOf(chance.of('faults')),
    checkIntervalMs: 2_000,
  };
}

/** Each rule is on in some worlds, and so near that it acts within a few bars. */
function positionRulesOf(chance: Chance): Partial<TradingPolicy['position']> {
  const some = <T>(rule: T): T | undefined => (chance.happens(0.4) ? rule : undefined);
  return {
    trailing: some({
      kind: chance.pick(['initial', 'atr', 'chandelier'] as const),
      atrMultiple: chance.between(0.5, 2),
      startR: chance.pick([0, 0.3]),
    }),
    breakEven: some({ after: chance.between(0.1, 0.6), unit: chance.pick(['r', 'atr'] as const) }),
    timeStop: some({ bars: chance.whole(2, 8), belowR: chance.pick([0.5, 5]) }),
    profitLadder: some([
      { atR: chance.between(0.1, 0.4), fraction: 0.3 },
      { atR: chance.between(0.5, 0.9), fraction: 0.3 },
    ]),
  };
}

function rulesOf(config: Config, policy: TradingPolicy, chance: Chance): VenueRules {
  return {
    ...configuredRules(config),
    fillRule: 'pessimistic',
    leverage: policy.leverage,
    timeframeMs: policy.timeframeMs,
    latencyMs: chance.pick([0, 50]),
    slippageDistribution: 'exponential',
    rejectionProbability: chance.pick([0, 0.2, 0.5]),
    partialFillProbability: chance.pick([0, 0.3]),
    seed: chance.whole(1, 1e9),
  };
}

function startOf(chance: Chance, timeframeMs: number): number {
  const moment = chance.happens(0.7) ? chance.pick(MOMENTS) : Date.UTC(2026, 0, 1) + chance.whole(0, 364) * DAY;
  return Math.floor((moment + chance.between(0, 2 * HOUR)) / timeframeMs) * timeframeMs;
}

/** Half of the faults a world: one that knew all of them would seldom get far enough to show anything. */
function faultsOf(chance: Chance): FaultRates {
  const rate = (most: number, share = 0.5): number => {
    const known = chance.happens(share);
    const value = chance.between(most / 4, most);
    return known ? value : 0;
  };
  return {
    linkLoss: rate(0.06),
    linkDelay: rate(0.12),
    queryFails: rate(0.06),
    lineDown: rate(0.04),
    reportTwice: rate(0.3),
    reportLate: rate(0.3),
    jobs: rate(0.4),
    flush: rate(0.1),
    silence: rate(0.08),
    crash: rate(0.15),
    crashAtCommit: rate(0.6),
    crashAtSend: rate(0.3),
    standstill: rate(0.15),
    zombie: rate(0.1, 0.25),
    store: rate(0.1),
    wallJump: rate(0.1),
    model: rate(0.15),
    feed: rate(0.15),
    operator: rate(0.15),
    terminal: rate(0.1, 0.35),
  };
}

/** So is the end of every world. */
export const NO_FAULTS: FaultRates = {
  linkLoss: 0,
  linkDelay: 0,
  queryFails: 0,
  lineDown: 0,
  reportTwice: 0,
  reportLate: 0,
  jobs: 0,
  flush: 0,
  silence: 0,
  crash: 0,
  crashAtCommit: 0,
  crashAtSend: 0,
  standstill: 0,
  zombie: 0,
  store: 0,
  wallJump: 0,
  model: 0,
  feed: 0,
  operator: 0,
  terminal: 0,
};
