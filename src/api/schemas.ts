/** The shapes of the answers, for OpenAPI and for the check on the way out. The compiler holds them to the servo's views. */
import { z } from 'zod';
import { TRUST_STEPS } from '../domain/guards/ladder.ts';
import { LIVE_CONDITIONS } from '../domain/live-conditions.ts';
import { REGIMES } from '../domain/regime.ts';
import { SERVO_STATUSES } from '../domain/servo.ts';
import type { ArmingView } from '../servo/arming-view.ts';
import type { DecisionRow, EventRow, Page, PerformanceView, TradeRow } from '../servo/control.ts';
import type { DecisionWords } from '../servo/recent-decisions.ts';
import { STAGES } from '../servo/stage.ts';
import type { AccountView, ExternalView, PositionView, StatusView } from '../servo/views.ts';
import { Limit } from './risk-schemas.ts';

export { LimitSettings, Risk } from './risk-schemas.ts';

const count = z.int().nonnegative();
const at = z.string().describe('UTC, ISO 8601.');
const atOrNull = at.nullable();
const money = z.number().describe("In units of the account's currency.");
const ratio = z.number().describe('1 = the whole.');
const side = z.enum(['buy', 'sell']);
const regime = z.enum(REGIMES);
const window = <T extends z.ZodType>(value: T) => z.object({ day: value, week: value, month: value });

export const Account: z.ZodType<AccountView> = z
  .object({
    account: z.string(),
    currency: z.string(),
    balance: money,
    equity: money,
    floatingProfit: money,
    marginUsed: money,
    freeMargin: money,
    marginLevel: z.number().nullable().describe('Equity ÷ margin used; null without positions.'),
    equityPeak: money,
    drawdown: ratio,
    pnl: window(money),
  })
  .meta({ id: 'Account' });

const grade = z.enum(['calm', 'warn', 'act']);

const Guards = z.object({
  dissimilarity: z
    .object({ samples: count, shareBeyond: ratio, grade })
    .nullable()
    .describe('Of the last predictions, the share made on rows unlike the training.'),
  drift: z
    .object({ samples: count, warned: count, acted: count, grade })
    .nullable()
    .describe('Features that stray from training.'),
  calibration: z
    .array(
      z.object({
        regime: z.enum([...REGIMES, 'all']),
        samples: count,
        logLoss: z.number(),
        brier: z.number(),
        curve: z.array(z.object({ meanProbability: ratio, observedShare: ratio, weight: z.number() })),
      }),
    )
    .nullable()
    .describe('What was said against what came true, by regime.'),
});

const Model = z.object({
  id: z.string(),
  expiresAt: atOrNull,
  expired: z.boolean(),
  trust: z.enum(TRUST_STEPS),
  because: z.array(z.enum(['dissimilarity', 'drift', 'calibration'])).describe('Guards that are not calm.'),
  guards: Guards,
});

const Market = z.object({
  symbol: z.string(),
  lastBarAt: atOrNull,
  bid: z.number().nullable(),
  ask: z.number().nullable(),
  regime,
  regimeConfidence: ratio,
  warm: z.boolean().describe('Enough history for features.'),
  model: Model.nullable(),
});

const Component = z.object({
  component: z.string(),
  errorsInARow: count,
  lastError: z.string().nullable(),
  lastOkAgoMs: z.number().nullable(),
});

const External: z.ZodType<ExternalView> = z.object({
  positionId: z.string(),
  symbol: z.string(),
  side,
  margin: z.number().describe('Pledged for it, as the broker counts it.'),
  text: z.string().describe('The position in one line.'),
});

const Arming: z.ZodType<ArmingView> = z.object({
  mayOpen: z.boolean().describe('All conditions of live trading hold.'),
  until: atOrNull.describe('When the arming ends by itself; null: it is not armed.'),
  conditions: z.array(z.object({ condition: z.enum(LIVE_CONDITIONS), holds: z.boolean(), text: z.string() })),
});

export const servoStatus = z.enum(SERVO_STATUSES);

export const Status: z.ZodType<StatusView> = z
  .object({
    mode: z.string(),
    dryRun: z.boolean(),
    simulated: z.boolean().describe('The prices come from the market simulator.'),
    version: z.string(),
    configHash: z.string(),
    status: servoStatus,
    since: atOrNull,
    by: z.string().nullable(),
    reason: z.string().nullable(),
    cooldownUntil: atOrNull,
    flattening: z.boolean(),
    entriesAllowed: z.boolean(),
    arming: Arming.nullable().describe('The conditions of live trading; null where the money is not real.'),
    startedAt: at,
    uptimeMs: z.number(),
    marketTime: atOrNull,
    stageDue: z.enum(STAGES),
    feedEnded: z.boolean(),
    watchdogActive: z.boolean().describe('The queue is silent and the process monitors by itself.'),
    heartbeatAgoMs: z.number().describe('Since the safety monitor last ran.'),
    markets: z.array(Market),
    components: z.array(Component),
    positionsOpen: count,
    externals: z
      .array(External)
      .describe('On the account and not ours: never touched, counted in exposure and margin.'),
    ordersWorking: count,
    tradesClosed: count,
    limits: z.array(Limit),
    account: Account,
  })
  .meta({ id: 'Status' });

const Position: z.ZodType<PositionView> = z
  .object({
    positionId: z.string(),
    symbol: z.string(),
    side,
    lots: z.number(),
    entryPrice: z.number(),
    price: z.number().nullable().describe('At which it could be closed now.'),
    stopLoss: z.number(),
    takeProfit: z.number(),
    floatingProfit: money,
    openedAt: at,
    decisionId: z.string(),
    text: z.string().describe('The position in one line.'),
  })
  .meta({ id: 'Position' });

const page = <T>(item: z.ZodType<T>): z.ZodType<Page<T>> =>
  z.object({
    items: z.array(item),
    nextCursor: z.string().nullable().describe('Ask again with it for what follows; null at the end.'),
  });

export const Positions = z
  .object({
    items: z.array(Position),
    externals: z
      .array(External)
      .describe('On the account and not ours: never touched, counted in exposure and margin.'),
  })
  .meta({ id: 'Positions' });

const Trade: z.ZodType<TradeRow> = z
  .object({
    positionId: z.string(),
    decisionId: z.string(),
    symbol: z.string(),
    side,
    lots: z.number(),
    entryPrice: z.number(),
    exitPrice: z.number().nullable().describe('Of all parts, weighted by volume; null where nobody told it.'),
    openedAt: at,
    closedAt: at,
    exitReason: z.string(),
    regime: z.string(),
    profit: money.nullable().describe('Net of commission and swap; null without an exit price.'),
    commission: money,
    swap: money,
    rMultiple: z.number().nullable().describe('Profit ÷ initial risk.'),
  })
  .meta({ id: 'Trade' });
export const Trades = page(Trade).meta({ id: 'Trades' });

export const decisionOutcome = z.enum(['approved', 'denied', 'dropped', 'pending']);

const Decision: z.ZodType<DecisionRow> = z
  .object({
    decisionId: z.string(),
    symbol: z.string(),
    barClosedAt: at,
    attempt: count,
    outcome: decisionOutcome,
    reason: z.string().nullable().describe('The gravest check that failed.'),
    side: z.enum(['buy', 'sell', 'flat']),
    probabilityUp: z.number().nullable(),
    probabilityDown: z.number().nullable(),
    confidence: z.number(),
    expectedValueR: z.number(),
    regime: z.string(),
    verdicts: z.array(z.unknown()).describe('Every check, gravest first, with its numbers.'),
    sizing: z.unknown().describe('The arithmetic of the size; null where there was none.'),
    orderId: z.string().nullable(),
  })
  .meta({ id: 'Decision' });
export const Decisions = page(Decision).meta({ id: 'Decisions' });

const Explanation: z.ZodType<DecisionWords> = z
  .object({
    decisionId: z.string(),
    symbol: z.string(),
    barClosedAt: z.string(),
    outcome: z.enum(['approved', 'denied']),
    text: z.string(),
    sizing: z.array(z.string()).describe('The arithmetic of the size, a line a cap; empty where nothing was sized.'),
    checks: z.array(z.object({ check: z.string(), passed: z.boolean(), text: z.string() })),
  })
  .meta({ id: 'Explanation' });
export const Explanations = z
  .object({
    items: z.array(Explanation),
    note: z.string().nullable().describe('What there is to say beside the decisions, or instead of them.'),
  })
  .meta({ id: 'Explanations' });

const Event: z.ZodType<EventRow> = z
  .object({
    sequence: count,
    at: at.describe('Of what happened: market or wall time, as the kind says.'),
    recordedAt: at,
    kind: z.string(),
    symbol: z.string().nullable(),
    decisionId: z.string().nullable(),
    payload: z.unknown(),
  })
  .meta({ id: 'Event' });
export const Events = page(Event).meta({ id: 'Events' });

const figure = z.number().nullable().describe('Null where undefined or under its minimum sample.');
const groups = z.record(z.string(), z.object({ trades: count, profit: money }));

const Shadow = z.object({
  model: z.string(),
  trades: count,
  open: count,
  winRate: figure,
  expectancyR: figure,
  totalR: z.number().describe('In multiples of the risk.'),
  profit: money.nullable().describe('Of what a dry-run would have sent; null for models in the shadow.'),
});

export const Performance: z.ZodType<PerformanceView> = z
  .object({
    currency: z.string(),
    from: atOrNull,
    to: atOrNull,
    trades: count,
    tradingDays: count,
    netProfit: money,
    winRate: figure,
    profitFactor: figure,
    expectancy: figure,
    expectancyR: figure,
    sharpe: figure,
    sortino: figure,
    maxDrawdown: ratio,
    currentDrawdown: ratio,
    valueAtRisk95: figure,
    conditionalValueAtRisk95: figure,
    volatility: figure,
    averageWin: figure,
    averageLoss: figure,
    longestLosingStreak: count,
    losingStreak: count.describe('Losses since the last trade that was none.'),
    commission: money,
    swap: money,
    byExitReason: groups,
    bySymbol: groups,
    decisions: z.record(z.string(), count),
    shadows: z
      .array(Shadow)
      .describe('Would-be trades, after costs: of models that nothing is traded on, and of a dry-run.'),
    notes: z.array(z.string()).describe('What a reader must know before believing a figure.'),
  })
  .meta({ id: 'Performance' });
