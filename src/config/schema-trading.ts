/** The seed's blocks of config.yaml: what is traded, how orders are sent and kept, what may be lost. Its own keys have no defaults. */
import { z } from 'zod';
import { TIMEFRAMES, type Timeframe } from '../domain/market.ts';
import { checkLossLimits, checkRegimes, checkStops, checkTrading } from './schema-checks.ts';
import { hoursSchema } from './schema-hours.ts';
import {
  choice,
  count,
  flag,
  fraction,
  multiple,
  probability,
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
          ['market', 'limit'],
          "market, or limit = at the signal bar's close, cancelled at the next bar's close.",
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
        timeout: seconds(0.1, 600, 'Seconds that a job may take.'),
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

export const tradingSchema = z
  .strictObject({
    risk_management: riskManagement,
    symbols: z
      .array(symbol)
      .min(1)
      .max(200)
      .meta({ description: 'What is traded.', expects: 'a list of one symbol or more' }),
    filters: z
      .strictObject({
        min_confidence: probability(
          "Least confidence of a signal: its side's share of the up and down chances.",
        ).default(0.6),
        min_expected_value_r: z
          .number()
          .min(-10)
          .max(10)
          .meta({ description: 'Least expected profit after costs, in multiples of the risk (R).' })
          .default(0.05),
      })
      .describe('What a signal must pass.')
      .prefault({}),
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
    session: z
      .strictObject({
        timezone: timezoneName('IANA time zone of the trading day.').default('America/New_York'),
        day_start: timeOfDay('Local time at which the trading day, week and month begin.').default('17:00'),
      })
      .describe('When the trading day, week and month begin.')
      .prefault({}),
    hours: hoursSchema.prefault({}),
  })
  .superRefine(checkTrading)
  .describe('What is traded, and what may be lost.');
