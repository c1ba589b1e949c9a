/** The blocks of config.yaml that say when markets are open, and when no entry is made although they are. */
import { z } from 'zod';
import { checkClock, checkDay, checkSession } from './schema-checks.ts';
import { choice, minutes, path, symbolName, timeOfDay, timezoneName } from './schema-kinds.ts';

const SESSION = 'a session such as "Mon-Fri 09:00-17:30" or "Sun 17:00 - Fri 17:00"';
const DAY = 'a day such as 2026-12-24, 12-25 or good_friday';
const day = z.string().superRefine(checkDay).meta({ description: 'One day.', expects: DAY });

const market = z
  .strictObject({
    timezone: timezoneName('IANA time zone of these times.'),
    day_start: timeOfDay("Local time at which the market's day begins; from noon on it bears the next date."),
    sessions: z
      .array(z.string().superRefine(checkSession).meta({ description: 'Open from … to.', expects: SESSION }))
      .min(1)
      .max(50)
      .meta({ description: 'When it is open in a week.', expects: 'a list of sessions' }),
    holidays: z.array(day).max(1000).meta({ description: 'Days without trading.', expects: 'a list of days' }),
    early_closes: z
      .record(day, timeOfDay('Local time at which it closes.'))
      .meta({ description: 'Days that end early, and when.' }),
  })
  .partial()
  .describe('Hours of one market: only what differs from the built-in ones of its asset class.');

const WEEK_MINUTES = 7 * 1_440;

export const hoursSchema = z
  .strictObject({
    no_entry: z
      .strictObject({
        before_weekend: minutes(WEEK_MINUTES, 'Before the market closes for a weekend or a holiday.').default(60),
        before_break: minutes(1_440, 'Before it closes for less, such as the daily break of metals.').default(0),
        after_open: minutes(1_440, 'After it opened.').default(0),
        before_rollover: minutes(720, "Before the trading day's start in trading.session.").default(0),
        after_rollover: minutes(720, "After the trading day's start.").default(0),
      })
      .describe('Minutes without entries; 0 is none.')
      .prefault({}),
    markets: z
      .record(symbolName('An asset class, or a symbol.'), market)
      .meta({
        description: 'Hours that differ from the built-in ones, by asset class (fx, metal, index, crypto) or symbol.',
      })
      .default({}),
  })
  .describe('When markets are open: entries are made only then.');

export const newsSchema = z
  .strictObject({
    file: path('Economic calendar: CSV, JSON or ICS; null: none. Read at the start.').nullable().default(null),
    clock: z
      .string()
      .superRefine(checkClock)
      .meta({
        description: 'Whose clock times without a zone are of.',
        expects: 'UTC, a zone such as Europe/Athens, or one with its lead such as America/New_York+7h',
      })
      .default('UTC'),
    least_impact: choice(['high', 'medium', 'low'], 'Lesser events are passed over.').default('high'),
    before: minutes(1_440, 'No entry so long before an event.').default(30),
    after: minutes(1_440, 'No entry so long after one.').default(30),
    when_unknown: choice(['refuse', 'allow'], 'Entries at times that the calendar does not cover.').default('refuse'),
  })
  .describe('Economic news: no entries of a symbol near events of its currencies.');
