/** A servo's life by the domain's own stages on seeded bars, as the batches of events that it would commit. */

import { apply } from '../../src/domain/apply.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import { BUILT_IN_HOURS } from '../../src/domain/hours/built-in-hours.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { SymbolPolicy, TradingPolicy } from '../../src/domain/policy.ts';
import { type Random, seededRandom } from '../../src/domain/random.ts';
import type { Prediction } from '../../src/domain/signal.ts';
import { authorise } from '../../src/domain/stages/execute.ts';
import { ingest, ingestHistory } from '../../src/domain/stages/ingest.ts';
import { monitor } from '../../src/domain/stages/monitor.ts';
import { awaitingPrediction, predict } from '../../src/domain/stages/predict.ts';
import { awaitingDecision, riskGate } from '../../src/domain/stages/risk-gate.ts';
import { settle } from '../../src/domain/stages/settle.ts';
import { newState, type ServoState } from '../../src/domain/state.ts';
import { moneyFromUnits, price, unixMs } from '../../src/domain/units.ts';
import { ANY_MARKET, ANY_PACE, ANY_TIME, BY_RISK, EVERY_REGIME, UNBOUND } from '../domain/builders.ts';
import { instrumentOf, randomBars } from '../domain/random-bars.ts';
import { ScriptedVenue } from './scripted-venue.ts';

const H1 = 3_600_000;
const SYMBOLS = ['EURUSD', 'GBPUSD'];
const WARM_BARS = 420;

const symbolOf = (symbol: string): SymbolPolicy => ({
  instrument: instrumentOf(symbol),
  conversion: { kind: 'same' },
  maxSpread: price(20),
  slippage: price(1),
  hours: BUILT_IN_HOURS.crypto,
});

export const POLICY: TradingPolicy = {
  symbols: new Map(SYMBOLS.map((symbol) => [symbol, symbolOf(symbol)])),
  timeframeMs: H1,
  currency: 'USD',
  leverage: 30,
  commissionPerLot: moneyFromUnits(7),
  signal: { stopAtrMultiple: 1.5, targetAtrMultiple: 2 },
  atrPeriod: 14,
  limits: {
    riskPerTrade: 0.01,
    maxPositionMargin: 0.5,
    maxPositions: 3,
    maxDailyTrades: 8,
    maxLoss: { day: 0.02, week: 0.06, month: 0.5 },
    maxDrawdown: 0.9,
    onLimit: 'flatten',
    extreme: { marginLevelMin: null, worstCaseMax: null, valueAtRiskMax: null },
    minConfidence: 0.6,
    minExpectedValueR: 0,
  },
  riskLevel: null,
  mandate: null,
  stress: [],
  sizing: BY_RISK,
  exposure: UNBOUND,
  pace: ANY_PACE,
  regimes: EVERY_REGIME,
  entryWindows: ANY_TIME,
  filters: ANY_MARKET,
  order: { type: 'market', retryAttempts: 3, maxSlippage: 0.0002 },
  position: { partialClose: true, minCloseSize: 0.1, trailingStop: true, trailingStep: 0.0001 },
  session: { timezone: 'America/New_York', dayStartMinutes: 1020 },
  dryRun: false,
};

export interface History {
  readonly batches: readonly (readonly DomainEvent[])[];
  readonly state: ServoState;
}

/** `steps` close times of two symbols; the same seed gives the same history. */
export function history(steps: number, seed: number): History {
  const random = seededRandom(seed);
  const state = newState(POLICY);
  const venue = new ScriptedVenue(random);
  const batches: DomainEvent[][] = [];
  const commit = (decide: (emit: (event: DomainEvent) => void) => void) => {
    const events: DomainEvent[] = [];
    decide((event) => {
      apply(state, event);
      events.push(event);
    });
    if (events.length > 0) batches.push(events);
  };
  const series = SYMBOLS.map((symbol, i) => {
    const instrument = instrumentOf(symbol);
    return randomBars({ count: WARM_BARS + steps, seed: seed + i, instrument, timeframeMs: H1, change: 60 });
  });
  const barsAt = (i: number): Bar[] => series.map((bars) => bars[i] as Bar);

  commit((emit) => {
    const start = unixMs(1_700_000_000_000);
    const balance = moneyFromUnits(10_000);
    emit({ kind: 'account_opened', at: start, account: 'demo', currency: 'USD', balance });
    const process = {
      epoch: 1,
      mode: 'paper',
      dryRun: false,
      version: '0.1.0',
      configHash: 'c0ffee',
      startedAt: start,
    };
    emit({ kind: 'process_started', at: start, ...process });
    emit({ kind: 'reconciled', at: start, epoch: 1, positions: 0, repaired: 0 });
  });
  commit((emit) => {
    for (let i = 0; i < WARM_BARS; i++) ingestHistory(barsAt(i), emit);
  });
  for (let i = WARM_BARS; i < WARM_BARS + steps; i++) liveStep({ state, venue, random, commit, bars: barsAt(i) });
  return { batches, state };
}

interface LiveStep {
  readonly state: ServoState;
  readonly venue: ScriptedVenue;
  readonly random: Random;
  readonly commit: (decide: (emit: (event: DomainEvent) => void) => void) => void;
  readonly bars: readonly Bar[];
}

function liveStep({ state, venue, random, commit, bars }: LiveStep): void {
  const at = (bars[0] as Bar).closeAt;
  const execute = () => {
    let sent: ReturnType<typeof authorise> = [];
    commit((emit) => {
      sent = authorise(state, at, 'all', emit);
    });
    for (const order of sent) commit((emit) => settle(state, venue.submit(state, order, at), true, emit));
  };
  commit((emit) => ingest(state, { bars, reports: venue.play(state, bars) }, emit));
  // Now and then a stage comes too late: the next bar drops what it left.
  if (random.next() > 0.05) {
    commit((emit) => predict(state, new Map(awaitingPrediction(state).map((s) => [s, opinion(random)])), emit));
  }
  for (let attempt = 0; attempt < 4 && random.next() > 0.03; attempt++) {
    const symbols = awaitingDecision(state).map(({ symbol }) => symbol);
    commit((emit) => riskGate(state, symbols, emit));
    execute();
  }
  commit((emit) => monitor(state, emit));
  execute();
  if (random.next() < 0.05) commit((emit) => interference(random, at, emit));
}

function opinion(random: Random): Prediction {
  if (random.next() < 0.05)
    return { kind: 'neutral', model: 'scripted', reason: 'timeout', detail: 'no answer in 200 ms' };
  const up = 0.1 + 0.8 * random.next();
  const flat = (1 - up) * random.next();
  return { kind: 'prediction', model: 'scripted', probabilities: { up, flat, down: 1 - up - flat } };
}

function interference(random: Random, at: Bar['closeAt'], emit: (event: DomainEvent) => void): void {
  const by = 'operator';
  const chance = random.next();
  if (chance < 0.3) {
    emit({ kind: 'command_accepted', at, command: 'pause', by, surface: 'cli', reason: '' });
    emit({ kind: 'command_accepted', at, command: 'resume', by, surface: 'cli', reason: '' });
  } else if (chance < 0.6) {
    emit({ kind: 'flatten_started', at, by, reason: 'flatten' });
  } else if (chance < 0.8) {
    const until = unixMs(at + 60_000);
    emit({ kind: 'cooldown_started', at, component: 'broker', errors: 5, reason: 'no answer', until });
    emit({ kind: 'cooldown_ended', at });
  } else {
    emit({ kind: 'halted', at, by, reason: 'drill' });
    emit({ kind: 'command_accepted', at, command: 'reset', by, surface: 'api', reason: 'drill over' });
    emit({ kind: 'reconciled', at, epoch: 1, positions: 0, repaired: 0 });
  }
}
