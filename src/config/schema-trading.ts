/** The seed's blocks of config.yaml: what is traded, how orders are sent and kept, what may be lost. Its own keys have no defaults. */
import { z } from 'zod';
import { CLOSES_KEPT, RETURNS_MIN } from '../domain/features/recent-closes.ts';
import { TIMEFRAMES, type Timeframe } from '../domain/market.ts';
import { SIZING_METHODS } from '../domain/policy.ts';
import { checkLossLimits, checkRegimes, checkStops, checkTrading } from './schema-checks.ts';
import { filtersSchema } from './schema-filters.ts';
import { hoursSchema, newsSchema } from './schema-hours.ts';
import {
  choice,
  count,
  flag,
  fraction,
  leverage,
  multiple,
  seconds,
  symbolName,
  text,
  timeOfDay,
  timezoneName,
} from './schema-kinds.ts';

const timeframes = Object.keys(TIMEFRAMES) as [Timeframe, ...Timeframe[]];
export const timeframeValue = choice(timeframes, 'Length of a bar. All symbols share one.');

export const executionSchema = z
  .strictObject({
    order: z
      .strictObject({
        type: choice(
          ['market', 'limit', 'stop', 'stop_limit'],
          "market; limit = at the signal bar's close; stop = beyond the signal bar's high or low; stop_limit = the same, no worse than max_slippage.",
        ),
        retry_attempts: count(0, 10, 'Further tries of a job, or of an order that was definitely not executed.'),
        retry_delay: seconds(0, 60, 'Seconds between tries.'),
        max_slippage: fraction('price', 'Fraction of price; checked before sending, measured after.'),
      })
      .describe('How orders are sent.'),
    position: z
      .strictObject({
        partial_close: flag(
          'Whether parts of a position may be closed: half of it when a loss limit comes near, and the rungs of trading.stops.profit_ladder.',
        ),
        min_close_size: fraction(
          'volume',
          'Fraction of the opening volume: smaller closes, or smaller rests, are not made.',
        ),
        trailing_stop: flag('Whether the stop follows the price.'),
        trailing_step: fraction('price', 'Fraction of price: the stop moves in whole steps, never back.'),
      })
      .describe('How open positions are kept.'),
    risk: z
      .strictObject({
        max_position_size: fraction(
          'equity',
          "Fraction of equity that one position's margin may take; orders are sized down to it.",
        ),
        max_daily_trades: count(1, 10_000, 'Entries per trading day; further ones are refused.'),
        max_daily_loss: fraction('equity', 'As in trading.risk_management: the smaller of the two holds.'),
      })
      .describe('Limits on each order.'),
    monitoring: z
      .strictObject({
        check_interval: seconds(0.05, 60, 'Seconds between two sweeps of each stage.'),
        timeout: seconds(
          0.1,
          600,
          'Seconds that a call of feed or broker, or a job, may take; longer is an error, counted once.',
        ),
        max_errors: count(1, 1000, 'Consecutive errors of one component before entries stop.'),
        error_cooldown: seconds(
          0.1,
          86_400,
          'Seconds without entries after max_errors; a second time within an hour halts.',
        ),
      })
      .describe('When the servo looks after itself.'),
  })
  .describe("The seed's execution block: order, position, risk, monitoring.");

const riskManagement = z
  .strictObject({
    max_positions: count(1, 1000, 'Open positions at once; further entries are refused.'),
    position_size: fraction('equity', 'Fraction of equity lost if the stop is hit: the risk of one trade.'),
    max_drawdown: fraction(
      'equity',
      'Fraction below the peak of equity; at it the servo halts until an operator resets it.',
    ),
    max_daily_loss: fraction('equity', "Fraction of equity at the trading day's start, floating loss included."),
    max_weekly_loss: fraction('equity', "Fraction of equity at the trading week's start."),
    max_monthly_loss: fraction('equity', "Fraction of equity at the trading month's start."),
  })
  .superRefine(checkLossLimits)
  .describe("The seed's risk_management block. Nothing here has a default.");

const symbol = z
  .strictObject({
    name: symbolName('A built-in contract, or one under instruments.'),
    timeframe: timeframeValue,
    model: text(/\S/, 'the name of a model', 'A name under models.'),
    shadows: z
      .array(text(/\S/, 'the name of a model', 'A name under models.'))
      .max(10)
      .meta({
        description: 'Models that are asked too: their would-be trades are kept, nothing is traded on them.',
        expects: 'a list of names of models',
      })
      .default([]),
    max_spread_points: count(0, 100_000, 'Wider spreads refuse the entry.', 'points'),
  })
  .describe('One traded symbol.');

const rung = z
  .strictObject({
    at_r: multiple(0.01, 100, 'Once a bar closes so many R in favour.'),
    close: z.number().gt(0).max(1).meta({ description: 'Fraction of the opening volume that is closed there.' }),
  })
  .describe('A part of a position, closed once.');

const regime = (description: string, allowed: boolean) =>
  z
    .strictObject({
      allowed: flag('Whether entries are allowed.').default(allowed),
      size_factor: z
        .number()
        .gt(0)
        .max(1)
        .meta({ description: 'Sizes are multiplied by it; it can only make them smaller.' })
        .default(1),
      stop_factor: z
        .number()
        .min(0.25)
        .max(4)
        .meta({ description: 'The distances of stop and target are multiplied by it.' })
        .default(1),
    })
    .describe(description)
    .prefault({});

const sizing = z
  .strictObject({
    method: choice(
      SIZING_METHODS,
      'What an entry wants before it is capped: risk = position_size is lost at the stop; fixed_lot; volatility_target; kelly.',
    ).default('risk'),
    fixed_lots: z
      .number()
      .gt(0)
      .max(10_000)
      .meta({ description: 'Lots of each entry, for fixed_lot.', unit: 'lots' })
      .default(0.1),
    volatility_target: z
      .number()
      .gt(0)
      .max(5)
      .meta({
        description: "Yearly standard deviation of one position's profit, for volatility_target.",
        unit: 'fraction of equity',
      })
      .default(0.1),
    kelly_fraction: z
      .number()
      .gt(0)
      .max(1)
      .meta({
        description: 'Share of the full Kelly bet that is risked, for kelly; needs a calibrated model.',
        unit: 'fraction of the full bet',
      })
      .default(0.25),
    full_confidence: z
      .number()
      .gt(0.5)
      .max(1)
      .nullable()
      .meta({
        description:
          'Confidence from which on sizes are whole; below, they shrink to nothing at 0.5. null = all are whole.',
        unit: 'probability',
      })
      .default(null),
    shrink_from_drawdown: z
      .number()
      .min(0)
      .lt(1)
      .nullable()
      .meta({
        description: 'Share of max_drawdown from which on sizes shrink, to nothing at the limit. null = they do not.',
        unit: 'fraction of max_drawdown',
      })
      .default(0.5),
  })
  .describe('How large entries are. Every method is capped by position_size and by the limits below.')
  .prefault({});

const exposure = z
  .strictObject({
    max_leverage: leverage('Notional of all positions, in multiples of equity; null = no limit.').default(5),
    max_symbol_leverage: leverage('Notional of one symbol, in multiples of equity; null = no limit.').default(null),
    max_currency_leverage: leverage(
      'Net notional of one currency, both legs of each position counted; null = no limit.',
    ).default(null),
    min_margin_level: z
      .number()
      .min(1)
      .max(1000)
      .nullable()
      .meta({ description: 'Least equity ÷ margin, after the trade.' })
      .default(2),
    max_correlation: z
      .number()
      .gt(0)
      .max(1)
      .nullable()
      .meta({
        description:
          'Positions whose profits correlate as much or more count as one: together they risk position_size.',
      })
      .default(0.8),
    correlation_bars: count(RETURNS_MIN, CLOSES_KEPT - 1, 'Look-back of the correlation, in closed bars.').default(
      CLOSES_KEPT - 1,
    ),
    worst_case: flag('Whether all stops hit at once must leave every loss limit and the drawdown unreached.').default(
      true,
    ),
    stop_gap: z
      .number()
      .min(0)
      .max(10)
      .meta({
        description: 'How far beyond its stop a position may be closed in the worst case.',
        unit: "fraction of the stop's distance",
      })
      .default(0.25),
  })
  .describe('What positions may be together. An order is sized down to what each of these leaves; null = no limit.')
  .prefault({});

const streak = (description: string, losses: number, pause: number) =>
  z
    .strictObject({
      losses: count(2, 1000, 'Losing trades in a row; null: never.').nullable().default(losses),
      pause: seconds(60, 31_536_000, 'Seconds of market time without entries.').default(pause),
    })
    .describe(description)
    .prefault({});

const cooldown = z
  .strictObject({
    symbol: streak('Losses in a row on one symbol end its entries for a while.', 3, 7200),
    account: streak('Losses in a row on the account end all entries for a while.', 5, 14_400),
  })
  .describe('Pauses after losses.')
  .prefault({});

const orderRate = z
  .strictObject({
    per_minute: count(1, 100_000, 'Entries sent in a minute of market time; further ones are refused.').default(20),
    per_hour: count(1, 100_000, 'Entries sent in an hour of market time.').default(100),
    repeated: count(2, 100_000, "Entries of one symbol and side in a row, before an operator's resume; null: any.")
      .nullable()
      .default(null),
  })
  .describe('How fast entries may follow one another.')
  .prefault({});

export const tradingSchema = z
  .strictObject({
    risk_management: riskManagement,
    symbols: z
      .array(symbol)
      .min(1)
      .max(200)
      .meta({ description: 'What is traded.', expects: 'a list of one symbol or more' }),
    filters: filtersSchema.prefault({}),
    regimes: z
      .strictObject({
        trend_up: regime('The price rises further than chance explains.', true),
        trend_down: regime('The price falls further than chance explains.', true),
        quiet: regime('Less volatility than usual.', true),
        range: regime('The usual volatility, no trend.', true),
        volatile: regime('More volatility than usual.', true),
        unknown: regime('Before one of the others has held.', false),
      })
      .superRefine(checkRegimes)
      .describe('What is traded in each regime of the market.')
      .prefault({}),
    orders: z
      .strictObject({
        time_in_force: choice(
          ['bar', 'day', 'gtd', 'gtc'],
          "How long limit and stop entries work: to the next bar's close, to the end of the trading day, for good_for, until cancelled.",
        ).default('bar'),
        good_for: seconds(1, 31_536_000, 'Seconds that an entry works with time_in_force gtd.').default(3600),
        stop_offset: fraction(
          'price',
          "Fraction of price by which stop entries wait beyond the signal bar's high or low.",
        ).default(0.0001),
        filling: choice(
          ['ioc', 'fok', 'return'],
          'What becomes of the part that does not fill at once: cancelled, nothing fills unless all does, or it works on.',
        ).default('ioc'),
        on_slippage: choice(
          ['keep', 'close'],
          'What is done with an entry that filled worse than max_slippage: kept, or closed at once; people are told.',
        ).default('keep'),
      })
      .prefault({})
      .describe('How entries work at the broker, beside execution.order.'),
    stops: z
      .strictObject({
        atr_period: count(2, 500, 'Bars of the average true range (ATR).').default(14),
        stop_atr: z.number().min(0.1).max(50).meta({ description: 'Stop distance in ATRs.' }).default(2),
        target_atr: z.number().min(0.1).max(50).meta({ description: 'Target distance in ATRs.' }).default(3),
        trailing_kind: choice(
          ['initial', 'atr', 'chandelier'],
          "What it keeps: the initial stop's distance to the price, trailing_atr ATRs to the price, or that many to the best price since the entry.",
        ).default('initial'),
        trailing_atr: multiple(0.1, 50, 'Distance in ATRs of the kinds atr and chandelier.').default(3),
        trailing_start_r: multiple(
          0,
          100,
          'It begins once the price has been so many times the initial stop distance (R) in favour.',
        ).default(0),
        break_even_r: multiple(
          0.01,
          100,
          'Once the price has been so many R in favour the stop goes to break-even; null: never.',
        )
          .nullable()
          .default(null),
        break_even_atr: multiple(0.01, 100, 'The same in ATRs; give one of the two.').nullable().default(null),
        break_even_points: count(
          0,
          100_000,
          'Points beyond the entry; null: what closing there costs, commission and slippage.',
          'points',
        )
          .nullable()
          .default(null),
        time_stop_bars: count(1, 100_000, 'A position is closed after so many bars; null: never.')
          .nullable()
          .default(null),
        time_stop_below_r: z
          .number()
          .min(-100)
          .max(100)
          .meta({ description: 'Only while it stands below so many R; null: whatever it stands at.' })
          .nullable()
          .default(null),
        profit_ladder: z
          .array(rung)
          .max(10)
          .meta({ description: 'Parts that are closed on the way to the target.', expects: 'a list of rungs' })
          .default([]),
      })
      .superRefine(checkStops)
      .describe('Where stop and target are put, and what moves or closes before them.')
      .prefault({}),
    sizing,
    exposure,
    cooldown,
    order_rate: orderRate,
    session: z
      .strictObject({
        timezone: timezoneName('IANA time zone of the trading day.').default('America/New_York'),
        day_start: timeOfDay('Local time at which the trading day, week and month begin.').default('17:00'),
      })
      .describe('When the trading day, week and month begin.')
      .prefault({}),
    hours: hoursSchema.prefault({}),
    news: newsSchema.prefault({}),
  })
  .superRefine(checkTrading)
  .describe('What is traded, and what may be lost.');
