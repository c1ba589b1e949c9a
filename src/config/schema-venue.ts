/** The blocks of config.yaml that say where bars come from, what an order costs and what a contract is. */
import { z } from 'zod';
import { checkInstrument } from './schema-checks.ts';
import { choice, count, currencyCode, path, probability, seconds, symbolName, text } from './schema-kinds.ts';

export const simulatorSeedValue = count(0, 4_294_967_295, 'The same seed gives the same market. --seed wins.');
export const barEveryValue = seconds(0.001, 3600, 'Seconds of wall time between bars. --bar-every wins.');
export const speedValue = z.union([z.literal('max'), z.number().min(0.001).max(1_000_000)]).meta({
  description: 'max, or how many times faster than the market: 60 shows an hour in a minute. --speed wins.',
  expects: 'max, or a factor such as 60',
});

export const feedSchema = z
  .strictObject({
    type: choice(['simulator', 'replay'], 'Where bars come from.').default('simulator'),
    simulator: z
      .strictObject({
        seed: simulatorSeedValue.default(7),
        bar_every: barEveryValue.default(2),
        warmup_bars: count(0, 100_000, 'Bars of history made before the first decision.').default(1800),
      })
      .describe('A seeded, simulated market.')
      .prefault({}),
    replay: z
      .strictObject({
        files: z
          .record(symbolName('A traded symbol.'), path('A CSV file of candles.'))
          .meta({ description: 'CSV files by symbol, relative to this file. --data wins.' })
          .default({}),
        speed: speedValue.default('max'),
        warmup_bars: count(0, 100_000, 'Bars read before the first decision.').default(500),
        default_spread_points: count(0, 100_000, 'Spread where the file has none.', 'points').default(12),
      })
      .describe('Real candles through the live pipeline.')
      .prefault({}),
  })
  .describe('Where bars come from.');

export const paperSchema = z
  .strictObject({
    balance: z
      .number()
      .gt(0)
      .max(1_000_000_000)
      .meta({ description: 'Opening balance in the account currency.' })
      .default(10_000),
    currency: currencyCode("The account's currency.").default('USD'),
    leverage: count(1, 5000, 'Notional divided by margin.').default(30),
    spread_points: count(0, 100_000, "Fixed spread, or null for the feed's.", 'points').nullable().default(null),
    slippage_points: count(0, 100_000, 'Against us on every market fill and stop.', 'points').default(2),
    slippage_distribution: choice(
      ['fixed', 'exponential'],
      'Each time slippage_points, or drawn with that mean: mostly little, now and then much.',
    ).default('fixed'),
    commission_per_lot: z
      .number()
      .min(0)
      .max(10_000)
      .meta({ description: 'Account currency for one lot, round trip: half at entry, half at exit.' })
      .default(7),
    latency_ms: count(0, 60_000, 'Time from sending to execution.', 'milliseconds').default(50),
    rejection_probability: probability('Chance that the venue rejects an order.').default(0),
    partial_fill_probability: probability('Chance that an order is filled in part.').default(0),
    seed: count(0, 4_294_967_295, 'The same seed gives the same rejections, partial fills and slippages.').default(1),
  })
  .describe('The paper venue.');

const instrument = z
  .strictObject({
    tick_size: z.number().gt(0).meta({ description: 'Smallest price change.' }),
    contract_size: z.number().gt(0).meta({ description: 'Units of the base in one lot.' }),
    lot_step: z.number().gt(0).meta({ description: 'Smallest change of volume, in lots.' }),
    lot_min: z.number().gt(0).meta({ description: 'Smallest volume, in lots.' }),
    lot_max: z.number().gt(0).meta({ description: 'Largest volume, in lots.' }),
    digits: count(0, 12, 'Digits after the point of a price; one of the last is a point.'),
    base_currency: currencyCode('What is bought.'),
    quote_currency: currencyCode('What the price is counted in.'),
    asset_class: choice(['fx', 'metal', 'index', 'crypto'], 'Sort of instrument.'),
    stop_distance_min_points: count(0, 100_000, 'The venue refuses stops nearer than this.', 'points'),
    freeze_distance_points: count(
      0,
      100_000,
      'The venue changes no stop and no target while the price is as near as this to one of them.',
      'points',
    ),
    swap_long_points: z.number().meta({ description: 'Points per lot and night on a long; negative is a cost.' }),
    swap_short_points: z.number().meta({ description: 'Points per lot and night on a short; negative is a cost.' }),
  })
  .partial()
  .superRefine(checkInstrument)
  .describe('A contract: only what differs from the built-in one, or all of a new one.');

const model = z
  .strictObject({
    path: path('A folder with passport.json and model.onnx, relative to this file.'),
    timeout_ms: count(1, 60_000, 'A later answer counts as no opinion.', 'milliseconds').default(1000),
  })
  .describe('One model.');

export const instrumentsSchema = z
  .record(symbolName('A symbol.'), instrument)
  .meta({ description: 'Contracts as your broker has them: they win over the built-in ones.' })
  .default({});

export const modelsSchema = z
  .record(text(/^[\w.-]{1,64}$/, 'a name of letters, digits, ".", "_" or "-"', 'A name for trading.symbols.'), model)
  .meta({ description: 'Models by name.' });
