/** The mandate block of config.yaml: the rules of somebody else's money, off until someone writes them down. */
import { z } from 'zod';
import { checkTimezone } from './schema-checks.ts';
import { choice, flag, minutes, text } from './schema-kinds.ts';

const share = (description: string) =>
  z.number().gt(0).lt(1).nullable().meta({ description, unit: 'fraction of equity' }).default(null);

export const mandateSchema = z
  .strictObject({
    daily_loss: share("Fraction of the larger of balance and equity at the mandate's midnight. null: no such rule."),
    max_loss: share('Fraction of the balance at the start. null: no such rule.'),
    trailing_drawdown: share('Fraction of the balance at the start, below the peak. null: no such rule.'),
    trailing_of: choice(['equity', 'balance'], 'Whose peak the trailing rule follows.').default('equity'),
    trailing_locks_at_start: flag('Whether its floor stops rising at the balance of the start.').default(false),
    max_lots: z
      .number()
      .gt(0)
      .max(10_000)
      .meta({ description: 'Lots of one order. null: no such rule.' })
      .nullable()
      .default(null),
    flat_before_weekend: minutes(
      1440,
      'Everything is closed so many minutes before a weekend or a holiday. 0: no such rule.',
    ).default(0),
    flat_before_news: minutes(
      1440,
      "So many minutes before an event of the symbol's currencies in trading.news. 0: no such rule.",
    ).default(0),
    flat_after_news: minutes(1440, 'Nothing is open until so many minutes after it.').default(0),
    buffer: z
      .number()
      .min(0)
      .max(0.9)
      .meta({ description: 'Share of each allowed loss that is kept: the servo stops that much before a rule breaks.' })
      .default(0.1),
    timezone: z
      .string()
      .superRefine(checkTimezone)
      .meta({ description: "IANA time zone of the broker's day.", expects: 'an IANA time zone such as Europe/Athens' })
      .default('Europe/Athens'),
    day_start: text(
      /^(?:[01]\d|2[0-3]):[0-5]\d$/,
      'a time such as "00:00"',
      "Local time at which the mandate's day begins.",
    ).default('00:00'),
  })
  .describe("Rules of somebody else's money: a buffer before one breaks, entries end and everything is closed.");
