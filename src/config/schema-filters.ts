/** The block of config.yaml that says what a signal, and the market it is for, must be like. */
import { z } from 'zod';
import { checkFilters } from './schema-checks.ts';
import { count, probability } from './schema-kinds.ts';

export const filtersSchema = z
  .strictObject({
    min_confidence: probability("Least confidence of a signal: its side's share of the up and down chances.").default(
      0.6,
    ),
    min_expected_value_r: z
      .number()
      .min(-10)
      .max(10)
      .meta({ description: 'Least expected profit after costs, in multiples of the risk (R).' })
      .default(0.05),
    max_spread_ratio: z
      .number()
      .min(1)
      .max(1000)
      .meta({ description: 'Widest spread, in multiples of the median of its hour of the day; null: not asked.' })
      .nullable()
      .default(3),
    min_volume_ratio: z
      .number()
      .gt(0)
      .max(1)
      .meta({
        description: 'Least volume of a bar, as a part of the median of its hour of the day; null: not asked.',
      })
      .nullable()
      .default(null),
    min_atr_percentile: probability('Least share of the look-back whose ATR is below the present one.').default(0),
    max_atr_percentile: probability('Largest such share.').default(1),
    atr_lookback_bars: count(20, 20_000, 'Bars of that look-back.').default(1440),
    max_gap_bars: count(0, 10_000, 'More bars missing while the market is open are a gap in the data.').default(12),
    gap_lookback_bars: count(0, 10_000, 'No entries for so many bars after a gap; 0 asks for none.').default(20),
  })
  .superRefine(checkFilters)
  .describe('What a signal, and the market, must pass.');
