/** The day of docs/RISK.md: its settings, its bars and its signals, read out of the document and put through the stages and the paper venue. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { configuredRules } from '../../src/broker/paper/configured-rules.ts';
import { PaperVenue } from '../../src/broker/paper/venue.ts';
import { loadConfig } from '../../src/config/load-config.ts';
import { tradingPolicyOf } from '../../src/config/policy.ts';
import { apply } from '../../src/domain/apply.ts';
import type { DomainEvent, Emit } from '../../src/domain/events.ts';
import { priceFromNumber, ticksFromDistance } from '../../src/domain/instrument.ts';
import type { Bar } from '../../src/domain/market.ts';
import { symbolPolicy, type TradingPolicy } from '../../src/domain/policy.ts';
import { authorise } from '../../src/domain/stages/execute.ts';
import { ingest } from '../../src/domain/stages/ingest.ts';
import { monitor } from '../../src/domain/stages/monitor.ts';
import { awaitingDecision, riskGate } from '../../src/domain/stages/risk-gate.ts';
import { settle } from '../../src/domain/stages/settle.ts';
import { newState, type ServoState } from '../../src/domain/state.ts';
import { price, unixMs } from '../../src/domain/units.ts';
import { ROOT } from '../support/world.ts';

const DATE = Date.UTC(2026, 0, 6);
const BAR_MS = 300_000;
const SPREAD = 0.00008;
const [STOP, TARGET] = [400, 600];

export const RISK_DOCUMENT = readFileSync(join(ROOT, 'docs/RISK.md'), 'utf8');

/** The rows of the table under a heading, without its head. */
export function tableUnder(heading: string): string[][] {
  const [, section = ''] = RISK_DOCUMENT.split(`\n### ${heading}\n`);
  const lines = (section.split('\n#')[0] ?? '').split('\n').filter((line) => line.startsWith('|'));
  const rows = lines.slice(2).map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  if (rows.length === 0) throw new Error(`docs/RISK.md has no table under "${heading}"`);
  return rows;
}

export interface DayResult {
  readonly policy: TradingPolicy;
  readonly state: ServoState;
  readonly events: readonly DomainEvent[];
  readonly notes: readonly string[];
}

export function playTheDay(): DayResult {
  const config = configOfTheDay();
  const policy = tradingPolicyOf(config);
  const venue = new PaperVenue({ ...configuredRules(config), fillRule: 'pessimistic' }, config.paper.balance);
  const state = newState(policy);
  const events: DomainEvent[] = [];
  const emit: Emit = (event) => {
    apply(state, event);
    events.push(event);
  };
  const execute = () => {
    const { at } = state.step;
    if (at === undefined) return;
    for (const order of authorise(state, at, 'all', emit)) venue.submit(order, order.intent.decidedAt);
    settle(state, venue.reportsAfter(state.reportCursor), true, emit);
  };
  const start = unixMs(DATE);
  emit({ kind: 'account_opened', at: start, account: 'day', currency: policy.currency, balance: config.paper.balance });
  emit({ kind: 'reconciled', at: start, epoch: 1, positions: 0, repaired: 0 });
  const symbols = [...policy.symbols.keys()].sort();
  for (const [time = '', ...cells] of tableUnder('The market')) {
    const signalled = cells.pop() ?? '';
    const bars = symbols.map((symbol, i) => barOf(policy, symbol, time, cells[i] ?? ''));
    venue.onBars(bars);
    ingest(state, { bars, reports: venue.reportsAfter(state.reportCursor) }, emit);
    for (const bar of bars) if (signalled.includes(bar.symbol)) signalBuy(bar, emit);
    for (let waiting = awaitingDecision(state); waiting.length > 0; waiting = awaitingDecision(state)) {
      riskGate(
        state,
        waiting.map(({ symbol }) => symbol),
        emit,
      );
      execute();
    }
    monitor(state, emit);
    execute();
  }
  return { policy, state, events, notes: config.notes };
}

/** The shipped configuration with the document's settings over it. */
function configOfTheDay() {
  const [, settings = ''] = /```yaml\n([\s\S]*?)```/.exec(RISK_DOCUMENT) ?? [];
  const merged = merge(parse(readFileSync(join(ROOT, 'config.yaml'), 'utf8')), parse(settings));
  const folder = mkdtempSync(join(tmpdir(), 'servo-risk-day-'));
  try {
    writeFileSync(join(folder, 'config.yaml'), stringify(merged));
    return loadConfig(join(folder, 'config.yaml'), { env: {} });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function merge(below: unknown, above: unknown): unknown {
  if (!isBlock(below) || !isBlock(above)) return above;
  const entries = Object.entries(above).map(([key, value]) => [key, merge(below[key], value)] as const);
  return { ...below, ...Object.fromEntries(entries) };
}

const isBlock = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `open high low close` in prices, or one price for all four. */
function barOf(policy: TradingPolicy, symbol: string, time: string, cell: string): Bar {
  const { instrument } = symbolPolicy(policy, symbol);
  const [open = Number.NaN, high = open, low = open, close = open] = cell.split(' ').map(Number);
  const at = (value: number) => priceFromNumber(instrument, value);
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const closeAt = DATE + (hours * 60 + minutes) * 60_000;
  return {
    symbol,
    openAt: unixMs(closeAt - BAR_MS),
    closeAt: unixMs(closeAt),
    open: at(open),
    high: at(high),
    low: at(low),
    close: at(close),
    spread: price(Math.round(ticksFromDistance(instrument, SPREAD))),
    volume: 100,
  };
}

/** As a model would give it that is sure of itself. */
function signalBuy({ symbol, closeAt, close, spread }: Bar, emit: Emit): void {
  emit({
    kind: 'signal_made',
    at: closeAt,
    signal: {
      decisionId: `${symbol}-${closeAt}`,
      symbol,
      barClosedAt: closeAt,
      expiresAt: unixMs(closeAt + BAR_MS),
      side: 'buy',
      prediction: { kind: 'prediction', model: 'day', probabilities: { up: 0.8, flat: 0.1, down: 0.1 } },
      confidence: 0.8 / 0.9,
      expectedValueR: 0.9,
      regime: 'range',
      regimeConfidence: 1,
      stopDistance: price(STOP),
      targetDistance: price(TARGET),
      costTicks: 19,
      bid: close,
      ask: price(close + spread),
    },
  });
}
