/** What the bot's tests share: a servo that remembers what it was told, a clock that can be put forward, a store, and a bot in a hurry. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, onTestFinished } from 'vitest';
import type { TelegramConfig } from '../../src/config/config.ts';
import { openStore, type SqliteStore } from '../../src/db/store.ts';
import type { Command } from '../../src/domain/commands.ts';
import type { Clock } from '../../src/domain/ports.ts';
import { unixMs } from '../../src/domain/units.ts';
import type { Alert } from '../../src/servo/alerts.ts';
import { systemClock } from '../../src/servo/clock.ts';
import type { ServoControl } from '../../src/servo/control.ts';
import type { BarExplanation } from '../../src/servo/explain-bar.ts';
import type { LimitView } from '../../src/servo/limit-views.ts';
import type { CommandResult } from '../../src/servo/operate.ts';
import type { Outbox } from '../../src/servo/ports.ts';
import type { DecisionWords } from '../../src/servo/recent-decisions.ts';
import type { RiskView } from '../../src/servo/risk-view.ts';
import type { AccountView, PositionView, StatusView } from '../../src/servo/views.ts';
import { startTelegram, type TelegramBot, type TelegramTimings } from '../../src/telegram/bot.ts';
import { riskPicture, SETTINGS } from '../support/risk-picture.ts';
import { FakeBotApi, TOKEN } from './fake-bot-api.ts';

export const VIEWER = 11;
export const OPERATOR = 22;
export const ADMIN = 33;
export const STRANGER = 99;

const ACCOUNT: AccountView = {
  account: 'paper-1',
  currency: 'USD',
  balance: 10_000,
  equity: 10_010.7,
  floatingProfit: 10.7,
  marginUsed: 216.66,
  freeMargin: 9_794.04,
  marginLevel: 46.21,
  equityPeak: 10_050,
  drawdown: 0.0039,
  pnl: { day: 10.7, week: -31.5, month: 10.7 },
};

const LIMITS: LimitView[] = [
  { name: 'month', used: 0, limit: 1000, unit: 'money', usedRatio: 0, moneyLeft: 1000 },
  { name: 'week', used: 31.5, limit: 500, unit: 'money', usedRatio: 0.063, moneyLeft: 468.5 },
  { name: 'day', used: 48, limit: 200, unit: 'money', usedRatio: 0.24, moneyLeft: 152 },
  { name: 'drawdown', used: 0.0039, limit: 0.2, unit: 'ratio', usedRatio: 0.0195, moneyLeft: 1961 },
  { name: 'positions', used: 2, limit: 3, unit: 'count', usedRatio: 2 / 3, moneyLeft: null },
  { name: 'daily_trades', used: 3, limit: 10, unit: 'count', usedRatio: 0.3, moneyLeft: null },
];

const position = (symbol: string, side: 'buy' | 'sell', lots: number, profit: number): PositionView => ({
  positionId: `P-${symbol}`,
  symbol,
  side,
  lots,
  entryPrice: 1.08332,
  price: 1.08394,
  stopLoss: 1.0815,
  takeProfit: 1.087,
  floatingProfit: profit,
  openedAt: '2026-01-05T10:35:00.000Z',
  decisionId: `${symbol}-1767609300000`,
  text: `${symbol} ${side} ${lots} @ 1.08332  SL 1.08150 TP 1.08700  +${profit.toFixed(2)} USD  since 2026-01-05 10:35`,
});

export const POSITIONS = [position('EURUSD', 'buy', 0.2, 8.2), position('XAUUSD', 'sell', 0.05, 2.5)];

export const DECISION: DecisionWords = {
  decisionId: 'EURUSD-1767609600000',
  symbol: 'EURUSD',
  barClosedAt: '2026-01-05 10:40',
  outcome: 'denied',
  text: '2026-01-05 10:40  EURUSD  P(up) 0.55 P(down) 0.24 · trend up  → refused   confidence 0.55 < 0.60',
  sizing: [],
  checks: [
    { check: 'spread_limit', passed: true, text: 'spread 8 points > 30 points' },
    { check: 'confidence_minimum', passed: false, text: 'confidence 0.55 < 0.60' },
  ],
};

export const STATUS: StatusView = {
  mode: 'paper',
  dryRun: false,
  simulated: true,
  version: '0.1.0',
  configHash: '5c1e',
  status: 'running',
  since: null,
  by: null,
  reason: null,
  cooldownUntil: null,
  flattening: false,
  entriesAllowed: true,
  arming: null,
  startedAt: '2026-01-05T10:00:00.000Z',
  uptimeMs: 90_000,
  marketTime: '2026-01-05T10:40:00.000Z',
  stageDue: 'ingest',
  feedEnded: false,
  watchdogActive: false,
  heartbeatAgoMs: 400,
  markets: ['EURUSD', 'XAUUSD'].map((symbol) => ({
    symbol,
    lastBarAt: null,
    bid: null,
    ask: null,
    regime: 'unknown',
    regimeConfidence: 0,
    warm: false,
    model: null,
  })),
  components: [],
  positionsOpen: 2,
  externals: [],
  ordersWorking: 1,
  tradesClosed: 2,
  limits: LIMITS,
  account: ACCOUNT,
};

/** Stands in for the servo: takes what it is told, keeps it, and shows what the test wants shown. */
export class ScriptedServo implements ServoControl {
  readonly commands: Command[] = [];
  statusNow: StatusView = STATUS;
  positionsNow: PositionView[] = POSITIONS;
  decisions: DecisionWords[] = [DECISION];
  answer: (command: Command) => CommandResult = ({ name }) => ({
    accepted: true,
    status: 'running',
    message: `${name} is done.`,
  });

  command(command: Command): CommandResult {
    const result = this.answer(command);
    this.commands.push(command);
    return result;
  }

  status = () => this.statusNow;
  account = () => ACCOUNT;
  positions = () => this.positionsNow;
  setLimit(): never {
    throw new Error('the bot must not edit limits');
  }

  limits = () => SETTINGS;
  risk = (): RiskView => riskPicture(this.statusNow.status, LIMITS);
  why = (symbol?: string, limit = 5) =>
    this.decisions.filter((decision) => symbol === undefined || decision.symbol === symbol).slice(0, limit);

  readonly barsAsked: string[] = [];
  barNow: () => Promise<BarExplanation> = async () => ({ items: this.decisions.slice(0, 1), note: null });

  /** Of the journal the bot asks for one bar, and for nothing else. */
  get reads(): ServoControl['reads'] {
    const notFromHere = (): never => {
      throw new Error('the bot must not ask the database');
    };
    return {
      trades: notFromHere,
      decisions: notFromHere,
      events: notFromHere,
      performance: notFromHere,
      why: (symbol, at) => {
        this.barsAsked.push(`${symbol} ${new Date(at).toISOString()}`);
        return this.barNow();
      },
    };
  }
}

export class TestClock implements Clock {
  #aheadMs = 0;

  advance(ms: number): void {
    this.#aheadMs += ms;
  }

  wall = () => unixMs(Date.now() + this.#aheadMs);
  monotonic = () => performance.now() + this.#aheadMs;
  after = systemClock.after;
}

function storeFolder(): { open(): SqliteStore; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'servo-telegram-'));
  return {
    open: () => openStore({ path: join(folder, 'servo.db'), account: 't', mode: 'paper' }),
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** A store of the test's own, which can be closed and opened again as by a restart. */
export function temporaryStore(): { readonly store: SqliteStore; reopen(): SqliteStore } {
  const folder = storeFolder();
  const store = folder.open();
  let latest = store;
  onTestFinished(() => {
    latest.close();
    folder.remove();
  });
  return {
    store,
    reopen() {
      latest.close();
      latest = folder.open();
      return latest;
    },
  };
}

const shared: { store?: SqliteStore; remove?: () => void } = {};
afterAll(() => {
  shared.store?.close();
  shared.remove?.();
});

/** One for all tests of a file that only have updates remembered: opening one takes longer than the test. */
function sharedStore(): SqliteStore {
  if (shared.store === undefined) {
    const folder = storeFolder();
    shared.store = folder.open();
    shared.remove = folder.remove;
  }
  return shared.store;
}

/** Raises alerts as the servo's commits do. */
export function raise(store: SqliteStore, alerts: readonly Alert[], at = Date.now()): void {
  store.append([], alerts, unixMs(at));
}

/** A thousand times faster than the real one, where that changes nothing but the waiting. */
export const IN_A_HURRY: Partial<TelegramTimings> = {
  longPollSeconds: 0.5,
  conflictWaitMs: 60,
  retryMinMs: 5,
  retryMaxMs: 40,
  messageEveryMs: 2,
  lookEveryMs: 5,
  timeoutMs: 2000,
  lastWordsMs: 300,
};

export interface TestBot {
  readonly bot: TelegramBot;
  readonly api: FakeBotApi;
  readonly servo: ScriptedServo;
  readonly clock: TestClock;
  readonly store: SqliteStore;
  readonly lines: string[];
}

export interface TestBotParts {
  readonly api?: FakeBotApi;
  readonly servo?: ScriptedServo;
  readonly clock?: TestClock;
  readonly store?: SqliteStore;
  readonly outbox?: Outbox;
  readonly lines?: string[];
  readonly config?: Partial<TelegramConfig>;
  readonly timings?: Partial<TelegramTimings>;
}

export const USERS: TelegramConfig['users'] = [
  { id: VIEWER, role: 'viewer' },
  { id: OPERATOR, role: 'operator' },
  { id: ADMIN, role: 'admin' },
];

export async function startBot(parts: TestBotParts = {}): Promise<TestBot> {
  const api = parts.api ?? (await FakeBotApi.start());
  const { servo = new ScriptedServo(), clock = new TestClock(), lines = [] } = parts;
  const store = parts.store ?? sharedStore();
  const config = { token: TOKEN, apiRoot: api.root, chatId: null, users: USERS, ...parts.config };
  const outbox = parts.outbox ?? store.outbox;
  const bot = await startTelegram(
    { config, control: servo, outbox, clock, log: (line) => lines.push(line) },
    { ...IN_A_HURRY, ...parts.timings },
  );
  onTestFinished(() => bot.stop());
  return { bot, api, servo, clock, store, lines };
}
