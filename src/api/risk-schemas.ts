/** The shapes of limits and risk in the API's answers. */
import { z } from 'zod';
import { LIMIT_NAMES } from '../domain/limits/editable.ts';
import type { TailRisk } from '../domain/metrics.ts';
import { RISK_LEVELS } from '../domain/policy.ts';
import { SERVO_STATUSES } from '../domain/servo.ts';
import type { LimitSetting } from '../servo/limit-settings.ts';
import type { LimitView } from '../servo/limit-views.ts';
import type { RiskView } from '../servo/risk-view.ts';

const money = z.number().describe("In units of the account's currency.");
const ratio = z.number().describe('1 = the whole.');
const count = z.int().nonnegative();
const method = z.enum(['historical', 'normal', 'ewma']).describe('Of the estimate.');
/** Under its least number of days, or not defined. */
const figure = z.number().nullable().describe('Null where undefined or under its minimum of days.');

export const Limit: z.ZodType<LimitView> = z
  .object({
    name: z.enum([
      'day',
      'week',
      'month',
      'drawdown',
      'mandate_daily_loss',
      'mandate_trailing_drawdown',
      'mandate_max_loss',
      'positions',
      'daily_trades',
    ]),
    used: z.number(),
    limit: z.number(),
    unit: z.enum(['money', 'ratio', 'count']),
    usedRatio: z.number().describe('1 = the limit is reached.'),
    moneyLeft: money.nullable().describe('Equity that may still be lost; null where it is no limit on money.'),
  })
  .meta({ id: 'Limit' });

const limitValue = z.number().nullable().describe('In the units of config.yaml; null is no limit.');
const limitWord = z.object({
  value: limitValue,
  by: z.string(),
  at: z.string().describe('UTC, ISO 8601.'),
  reason: z.string(),
});

const Setting: z.ZodType<LimitSetting> = z
  .object({
    name: z.enum(LIMIT_NAMES),
    key: z.string().describe('Its path in config.yaml.'),
    unit: z.enum(['fraction', 'count', 'multiple', 'level', 'probability', 'r']),
    value: limitValue.describe('What holds now; null is no limit.'),
    file: limitValue.describe('What config.yaml says.'),
    journal: limitWord.nullable().describe('What was said of it while the servo ran; null: nothing.'),
    pending: limitWord
      .extend({ from: z.enum(['day', 'week', 'month']).describe('Whose next beginning it waits for.') })
      .nullable()
      .describe('A looser value that waits.'),
    text: z.string().describe('Who says what, in words; empty where config.yaml alone does.'),
  })
  .meta({ id: 'LimitSetting' });
export const LimitSettings = z.object({ items: z.array(Setting) }).meta({ id: 'LimitSettings' });

const tailOfReturns: z.ZodType<TailRisk> = z.object({ method, valueAtRisk: ratio, conditional: ratio });

const Book = z.object({
  worstCase: money.describe('Lost from the entries if every stop is hit, slippage included.'),
  riskRatio: figure.describe('Worst case ÷ daily loss limit.'),
  marginLevel: figure.describe('Equity ÷ margin of the positions.'),
  days: count.describe('From which the one-day losses are taken.'),
  tails: z
    .array(
      z.object({ level: z.union([z.literal(0.95), z.literal(0.99)]), method, valueAtRisk: money, conditional: money }),
    )
    .describe('Loss of one day at these confidence levels, and the mean loss beyond it; empty under 20 days.'),
  extreme: z
    .object({ marginLevelMin: figure, worstCaseMax: figure, valueAtRiskMax: figure })
    .describe('Limits at which the servo halts and closes all; null: off.'),
});

const AccountDays = z.object({
  days: count,
  volatility: figure,
  volatilityNow: figure.describe('The latest days counting most.'),
  sharpe: figure,
  sortino: figure,
  valueAtRisk95: tailOfReturns.nullable(),
  valueAtRisk99: tailOfReturns.nullable(),
  drawdown: ratio,
  maxDrawdown: ratio,
});

export const Risk: z.ZodType<RiskView> = z
  .object({
    status: z.enum(SERVO_STATUSES),
    currency: z.string(),
    sizeFactor: z.number().describe('By which new sizes are multiplied; 0 = no entries.'),
    level: z
      .object({
        level: z.enum(RISK_LEVELS),
        since: z.string().nullable().describe('UTC, ISO 8601.'),
        because: z.enum(['drawdown', 'weekly_loss', 'monthly_loss', 'volatility', 'value_at_risk']),
        score: ratio.describe('Of the gravest measure now; 1 = its limit.'),
        sizeFactor: z.number(),
        calmDays: count.describe('In a row that called for a lower level.'),
      })
      .nullable()
      .describe('Assessed each trading day; null: switched off.'),
    limits: z.array(Limit),
    worstCase: money.describe('As in book.'),
    book: Book.describe('What is open now.'),
    account: AccountDays.describe('From equity at the ends of the last trading days.'),
    positions: z.array(
      z.object({
        positionId: z.string(),
        symbol: z.string(),
        side: z.enum(['buy', 'sell']),
        lots: z.number(),
        risk: money,
        reward: money,
        ratio: figure.describe('Reward ÷ risk; null where the stop lies in profit.'),
      }),
    ),
    exposure: z.array(
      z.object({
        symbol: z.string(),
        notional: money.describe('Positive is long.'),
        leverage: ratio.describe('Of equity.'),
      }),
    ),
    currencies: z
      .array(
        z.object({
          currency: z.string(),
          net: money.describe("Of both legs, in units of the account's currency; positive is long."),
          leverage: ratio.describe('Of equity.'),
          cap: money.nullable().describe('Largest amount either way; null: no limit.'),
        }),
      )
      .describe('Of positions, entries under way and what others hold; empty while a rate is missing.'),
    stress: z.array(z.object({ name: z.string(), profit: figure, ofEquity: figure })),
  })
  .meta({ id: 'Risk' });
