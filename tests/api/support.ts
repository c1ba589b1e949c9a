/** What the API's tests share: a servo that answers from memory and remembers its orders, and requests with a token. */
import type { FastifyInstance, InjectOptions } from 'fastify';
import { onTestFinished } from 'vitest';
import { buildApi } from '../../src/api/build-api.ts';
import type { ApiOptions } from '../../src/api/options.ts';
import type { Command } from '../../src/domain/commands.ts';
import type { ServoStatus } from '../../src/domain/servo.ts';
import type { ListQuery, PerformanceView, ServoControl } from '../../src/servo/control.ts';
import type { LimitSetting } from '../../src/servo/limit-settings.ts';
import type { LimitView } from '../../src/servo/limit-views.ts';
import type { CommandResult } from '../../src/servo/operate.ts';
import type { RiskView } from '../../src/servo/risk-view.ts';
import type { LimitOrder } from '../../src/servo/set-limit.ts';
import type { AccountView, PositionView, StatusView } from '../../src/servo/views.ts';

import { riskPicture, SETTINGS } from '../support/risk-picture.ts';

export const TOKEN = 'Zk3v9QpL7xT2mWc8RbN5yHd4JgF6sAu1EoXiVtKqMwY';
export const PORT = 8123;
export const HOST = `127.0.0.1:${PORT}`;

const ACCOUNT: AccountView = {
  account: 'paper-1',
  currency: 'USD',
  balance: 10_000,
  equity: 10_012.4,
  floatingProfit: 12.4,
  marginUsed: 216.66,
  freeMargin: 9_795.74,
  marginLevel: 46.21,
  equityPeak: 10_050,
  drawdown: 0.00374,
  pnl: { day: 12.4, week: -31.5, month: 12.4 },
};

const LIMITS: LimitView[] = [
  { name: 'month', used: 0, limit: 800, unit: 'money', usedRatio: 0, moneyLeft: 800 },
  { name: 'week', used: 31.5, limit: 500, unit: 'money', usedRatio: 0.063, moneyLeft: 468.5 },
  { name: 'day', used: 0, limit: 200, unit: 'money', usedRatio: 0, moneyLeft: 200 },
  { name: 'drawdown', used: 0.00374, limit: 0.1, unit: 'ratio', usedRatio: 0.0374, moneyLeft: 967.4 },
  { name: 'positions', used: 1, limit: 5, unit: 'count', usedRatio: 0.2, moneyLeft: null },
  { name: 'daily_trades', used: 3, limit: 20, unit: 'count', usedRatio: 0.15, moneyLeft: null },
];

const POSITION: PositionView = {
  positionId: 'P-7',
  symbol: 'EURUSD',
  side: 'buy',
  lots: 0.2,
  entryPrice: 1.08332,
  price: 1.08394,
  stopLoss: 1.0815,
  takeProfit: 1.087,
  floatingProfit: 12.4,
  openedAt: '2026-01-05T10:35:00.000Z',
  decisionId: 'EURUSD-1767609300000',
  text: 'EURUSD buy 0.2 @ 1.08332  SL 1.08150 TP 1.08700  +12.40 USD  since 2026-01-05 10:35',
};

const PERFORMANCE: PerformanceView = {
  currency: 'USD',
  from: '2026-01-05T00:00:00.000Z',
  to: '2026-01-05T12:00:00.000Z',
  trades: 2,
  tradingDays: 1,
  netProfit: -3.5,
  winRate: null,
  profitFactor: null,
  expectancy: null,
  expectancyR: null,
  shadows: [],
  sharpe: null,
  sortino: null,
  maxDrawdown: 0.004,
  currentDrawdown: 0.00374,
  valueAtRisk95: null,
  conditionalValueAtRisk95: null,
  volatility: null,
  averageWin: 20,
  averageLoss: -23.5,
  longestLosingStreak: 1,
  losingStreak: 1,
  commission: -2.8,
  swap: 0,
  byExitReason: { stop_loss: { trades: 1, profit: -23.5 }, take_profit: { trades: 1, profit: 20 } },
  bySymbol: { EURUSD: { trades: 2, profit: -3.5 } },
  decisions: { approved: 3, confidence_minimum: 11 },
  notes: ['2 trades: under the 30 that a win rate needs.', 'Simulated prices.'],
};

/** The door to a servo, standing in for it: what it was told and asked is in `commands` and `queries`. */
export class ServoDouble implements ServoControl {
  readonly commands: Command[] = [];
  readonly limitOrders: LimitOrder[] = [];
  readonly externalsNow = [
    { positionId: '4711', symbol: 'US500', side: 'sell' as const, margin: 30, text: 'US500 sell' },
  ];
  readonly queries: unknown[] = [];
  servoStatus: ServoStatus = 'running';
  marginLevel: number | null = ACCOUNT.marginLevel;
  tradesClosed = 2;
  refusal: Extract<CommandResult, { accepted: false }> | undefined;
  /** Thrown by the lists. */
  failure: Error | undefined;

  command(command: Command): CommandResult {
    if (this.refusal !== undefined) return this.refusal;
    this.commands.push(command);
    return { accepted: true, status: this.servoStatus, message: `${command.name}: done.` };
  }

  setLimit(order: LimitOrder): CommandResult {
    if (this.refusal !== undefined) return this.refusal;
    this.limitOrders.push(order);
    return { accepted: true, status: this.servoStatus, message: `${order.limit}: done.` };
  }

  limits(): LimitSetting[] {
    return SETTINGS;
  }

  status(): StatusView {
    return {
      mode: 'paper',
      dryRun: false,
      simulated: true,
      version: '0.1.0',
      configHash: '5c1e',
      status: this.servoStatus,
      since: null,
      by: null,
      reason: null,
      cooldownUntil: null,
      flattening: false,
      entriesAllowed: this.servoStatus === 'running',
      arming: null,
      startedAt: '2026-01-05T10:00:00.000Z',
      uptimeMs: 90_000,
      marketTime: '2026-01-05T10:40:00.000Z',
      stageDue: 'ingest',
      feedEnded: false,
      watchdogActive: false,
      heartbeatAgoMs: 400,
      markets: [
        {
          symbol: 'EURUSD',
          lastBarAt: '2026-01-05T10:40:00.000Z',
          bid: 1.08394,
          ask: 1.08402,
          regime: 'trend_up',
          regimeConfidence: 0.7,
          warm: true,
          model: null,
        },
        {
          symbol: 'XAUUSD',
          lastBarAt: null,
          bid: null,
          ask: null,
          regime: 'unknown',
          regimeConfidence: 0,
          warm: false,
          model: null,
        },
      ],
      components: [
        { component: 'feed', errorsInARow: 0, lastError: null, lastOkAgoMs: 400 },
        { component: 'broker', errorsInARow: 2, lastError: 'broker: timed out', lastOkAgoMs: 5_000 },
      ],
      positionsOpen: 1,
      externals: this.externalsNow,
      ordersWorking: 0,
      tradesClosed: this.tradesClosed,
      limits: LIMITS,
      account: this.account(),
    };
  }

  account(): AccountView {
    return { ...ACCOUNT, marginLevel: this.marginLevel };
  }

  positions(): PositionView[] {
    return [POSITION];
  }

  risk(): RiskView {
    return riskPicture(this.servoStatus, LIMITS);
  }

  why(symbol?: string, limit?: number) {
    this.queries.push({ symbol, limit });
    const text = '2026-01-05 10:40  EURUSD  P(up) 0.31 P(down) 0.24 · trend up  → refused   confidence 0.56 < 0.60';
    const checks = [{ check: 'confidence_minimum', passed: false, text: '0.56 < 0.60' }];
    const barClosedAt = '2026-01-05 10:40';
    return [
      {
        decisionId: 'EURUSD-1767609600000',
        symbol: 'EURUSD',
        barClosedAt,
        outcome: 'denied' as const,
        text,
        sizing: [],
        checks,
      },
    ];
  }

  readonly reads = {
    trades: (query: ListQuery) =>
      this.#listed(query, {
        positionId: 'P-6',
        decisionId: 'EURUSD-1767600000000',
        symbol: 'EURUSD',
        side: 'sell' as const,
        lots: 0.1,
        entryPrice: 1.084,
        exitPrice: 1.0864,
        openedAt: '2026-01-05T08:00:00.000Z',
        closedAt: '2026-01-05T09:00:00.000Z',
        exitReason: 'stop_loss',
        regime: 'range',
        profit: -23.5,
        commission: -1.4,
        swap: 0,
        rMultiple: -1.02,
      }),
    decisions: (query: ListQuery) =>
      this.#listed(query, {
        decisionId: 'EURUSD-1767609600000',
        symbol: 'EURUSD',
        barClosedAt: '2026-01-05T10:40:00.000Z',
        attempt: 1,
        outcome: 'denied' as const,
        reason: 'confidence_minimum',
        side: 'buy' as const,
        probabilityUp: 0.31,
        probabilityDown: 0.24,
        confidence: 0.56,
        expectedValueR: 0.12,
        regime: 'trend_up',
        verdicts: [{ check: 'confidence_minimum', passed: false, value: 0.56, limit: 0.6 }],
        sizing: null,
        orderId: null,
      }),
    events: (query: ListQuery) =>
      this.#listed(query, {
        sequence: 41,
        at: '2026-01-05T10:40:00.000Z',
        recordedAt: '2026-01-05T10:40:00.120Z',
        kind: 'bar_ingested',
        symbol: 'EURUSD',
        decisionId: null,
        payload: { close: 108_394 },
      }),
    why: async (symbol: string, at: number) => ({
      items: [],
      note: `No bar of ${symbol} had closed by ${new Date(at).toISOString()}.`,
    }),
    performance: async (): Promise<PerformanceView> => PERFORMANCE,
  };

  async #listed<Row>(query: ListQuery, row: Row) {
    if (this.failure !== undefined) throw this.failure;
    this.queries.push(query);
    return { items: [row], nextCursor: null };
  }
}

export async function apiAround(control: ServoControl, options: Partial<ApiOptions> = {}): Promise<FastifyInstance> {
  const app = await buildApi({
    control,
    token: TOKEN,
    host: '127.0.0.1',
    port: PORT,
    version: '0.1.0',
    alive: () => true,
    checks: async () => [{ name: 'store', status: 'ok', latencyMs: 0.3, detail: 'journal at 41' }],
    ...options,
  });
  onTestFinished(() => app.close());
  await app.ready();
  return app;
}

export const basic = (password: string): string => `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;

/** A request as a script of the token's holder makes it; headers given win, and one given as undefined is left out. */
export function asked(url: string, { headers = {}, ...options }: InjectOptions = {}): InjectOptions {
  const all = { host: HOST, authorization: `Bearer ${TOKEN}`, ...headers };
  return {
    url,
    headers: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
    ...options,
  };
}
