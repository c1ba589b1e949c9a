/** Rules between keys of one block. They run where the block's own values are sound, whatever is wrong elsewhere. */
import type { z } from 'zod';
import { UnitError } from '../domain/units.ts';
import { dayOf, sessionsOf } from './hours.ts';
import { clockOf } from './news/row.ts';
import { closest } from './suggest.ts';

type Context = z.core.$RefinementCtx;

/** Custom issues carry their hint beside the message. */
const complain = (context: Context, path: (string | number)[], message: string, hint?: string): void =>
  context.addIssue({ code: 'custom', path, message, params: { hint } });

interface LossLimits {
  readonly max_daily_loss: number;
  readonly max_weekly_loss: number;
  readonly max_monthly_loss: number;
}

export function checkLossLimits(limits: LossLimits, context: Context): void {
  const ladder = [
    ['max_daily_loss', 'max_weekly_loss'],
    ['max_weekly_loss', 'max_monthly_loss'],
  ] as const;
  for (const [shorter, longer] of ladder) {
    if (limits[longer] >= limits[shorter]) continue;
    complain(context, [longer], `must not be below ${shorter} (${limits[shorter]}), was ${limits[longer]}`);
  }
}

interface RiskLevels {
  readonly medium_from: number;
  readonly high_from: number;
  readonly extreme_from: number;
  readonly medium_size: number;
  readonly high_size: number;
  readonly extreme_size: number;
}

/** A graver level begins later and makes sizes no larger. */
export function checkRiskLevels(levels: RiskLevels, context: Context): void {
  for (const [lower, higher] of [
    ['medium', 'high'],
    ['high', 'extreme'],
  ] as const) {
    const [from, size] = [`${higher}_from`, `${higher}_size`] as const;
    const [fromBelow, sizeBelow] = [levels[`${lower}_from`], levels[`${lower}_size`]];
    if (levels[from] <= fromBelow)
      complain(context, [from], `must be above ${lower}_from (${fromBelow}), was ${levels[from]}`);
    if (levels[size] > sizeBelow)
      complain(context, [size], `must not be above ${lower}_size (${sizeBelow}), was ${levels[size]}`);
  }
}

interface Traded {
  readonly symbols: readonly { readonly name: string; readonly timeframe: string }[];
}

export function checkTrading({ symbols }: Traded, context: Context): void {
  const first = symbols[0];
  for (const [index, { name, timeframe }] of symbols.entries()) {
    if (symbols.findIndex((each) => each.name === name) < index) {
      complain(context, ['symbols', index, 'name'], `${name} stands in the list twice`);
    }
    if (first !== undefined && timeframe !== first.timeframe) {
      const message = `all symbols share one timeframe in this version: ${first.name} has ${first.timeframe}, this is ${timeframe}`;
      complain(context, ['symbols', index, 'timeframe'], message);
    }
  }
}

interface Stops {
  readonly stop_atr: number;
  readonly target_atr: number;
  readonly trailing_start_r: number;
  readonly break_even_r: number | null;
  readonly break_even_atr: number | null;
  readonly break_even_points: number | null;
  readonly time_stop_bars: number | null;
  readonly time_stop_below_r: number | null;
  readonly profit_ladder: readonly { readonly at_r: number; readonly close: number }[];
}

/** What the target comes before is never reached. */
export function checkStops(stops: Stops, context: Context): void {
  const { break_even_r, break_even_atr, break_even_points, time_stop_bars, time_stop_below_r } = stops;
  const targetR = Number((stops.target_atr / stops.stop_atr).toPrecision(6));
  const reachable = (path: (string | number)[], atR: number | null) => {
    if (atR === null || atR < targetR) return;
    complain(context, path, `is never reached: the target lies at ${targetR} R (target_atr ÷ stop_atr), was ${atR}`);
  };
  if (break_even_r !== null && break_even_atr !== null) {
    complain(context, ['break_even_atr'], 'break_even_r and break_even_atr are both given: keep one of them');
  }
  if (break_even_points !== null && break_even_r === null && break_even_atr === null) {
    const message = 'nothing moves the stop to break-even: give break_even_r or break_even_atr too';
    complain(context, ['break_even_points'], message);
  }
  if (time_stop_below_r !== null && time_stop_bars === null) {
    complain(context, ['time_stop_below_r'], 'there is no time stop: give time_stop_bars too');
  }
  reachable(['trailing_start_r'], stops.trailing_start_r);
  reachable(['break_even_r'], break_even_r);
  checkLadder(stops.profit_ladder, reachable, context);
}

/** A ladder of a whole may be off by this: thirds are written with a few digits. */
const ROUNDING = 1e-9;

function checkLadder(
  ladder: Stops['profit_ladder'],
  reachable: (path: (string | number)[], atR: number) => void,
  context: Context,
): void {
  let [below, sum] = [0, 0];
  for (const [index, { at_r, close }] of ladder.entries()) {
    const path = ['profit_ladder', index];
    reachable([...path, 'at_r'], at_r);
    sum += close;
    if (at_r <= below) complain(context, [...path, 'at_r'], `must be above the rung before it (${below}), was ${at_r}`);
    if (sum > 1 + ROUNDING) {
      const closed = Number(sum.toPrecision(6));
      complain(
        context,
        [...path, 'close'],
        `the rungs up to here would close ${closed} of the opening volume, more than 1`,
      );
    }
    below = at_r;
  }
}

interface Filters {
  readonly min_atr_percentile: number;
  readonly max_atr_percentile: number;
}

export function checkFilters({ min_atr_percentile: min, max_atr_percentile: max }: Filters, context: Context): void {
  if (max > min) return;
  complain(context, ['max_atr_percentile'], `must be above min_atr_percentile (${min}), was ${max}`);
}

export function checkRegimes(regimes: Readonly<Record<string, { readonly allowed: boolean }>>, context: Context): void {
  if (Object.values(regimes).some(({ allowed }) => allowed)) return;
  complain(context, [], 'no regime is allowed: nothing would ever be traded', 'set allowed: true in one of them');
}

export function checkTimezone(timezone: string, context: Context): void {
  if (isTimezone(timezone)) return;
  const near = closest(timezone, Intl.supportedValuesOf('timeZone'));
  const hint = near === undefined ? 'names are Area/City, e.g. America/New_York, or UTC' : `did you mean ${near}?`;
  complain(context, [], `"${timezone}" is not an IANA time zone`, hint);
}

export function checkClock(clock: string, context: Context): void {
  try {
    clockOf(clock);
  } catch (error) {
    if (!(error instanceof UnitError)) throw error;
    complain(context, [], error.message);
  }
}

export function checkSession(session: string, context: Context): void {
  if (sessionsOf(session) !== undefined) return;
  const hint =
    'days are Sun Mon Tue Wed Thu Fri Sat, times 00:00 to 24:00: "Mon-Fri 09:00-17:30", "Sun 17:00 - Fri 17:00"';
  complain(context, [], `"${session}" is not a session`, hint);
}

export function checkDay(day: string, context: Context): void {
  if (dayOf(day) !== undefined) return;
  complain(context, [], `"${day}" is not a day`, 'write 2026-12-24 for one day, 12-25 for each year, or good_friday');
}

/** Offsets such as +02:00 are no names: they know no daylight saving. */
function isTimezone(timezone: string): boolean {
  if (!/^[A-Za-z]/.test(timezone)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: timezone }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

interface Lots {
  readonly lot_min?: number | undefined;
  readonly lot_max?: number | undefined;
}

export function checkInstrument({ lot_min, lot_max }: Lots, context: Context): void {
  if (lot_min === undefined || lot_max === undefined || lot_min <= lot_max) return;
  complain(context, ['lot_max'], `must not be below lot_min (${lot_min}), was ${lot_max}`);
}

interface Account {
  readonly totp_secret: string;
  readonly totp_secret_file: string | null;
}

export function checkAccount({ totp_secret, totp_secret_file }: Account, context: Context): void {
  if (totp_secret === '' || totp_secret_file === null) return;
  complain(context, ['totp_secret_file'], 'totp_secret and totp_secret_file are both given: keep one of them');
}

interface Telegram {
  readonly token: string;
  readonly token_file: string | null;
  readonly users: readonly { readonly id: number }[];
}

export function checkTelegram({ token, token_file, users }: Telegram, context: Context): void {
  if (token !== '' && token_file !== null) {
    complain(context, ['token_file'], 'token and token_file are both given: keep one of them');
  }
  if ((token !== '' || token_file !== null) && users.length === 0) {
    const hint =
      'send your bot a message, open <api_root>/bot<token>/getUpdates and take message.from.id: users: [{ id: 42, role: operator }]';
    complain(context, ['users'], 'a token is given and nobody may use the bot: name at least one user', hint);
  }
  for (const [index, { id }] of users.entries()) {
    if (users.findIndex((each) => each.id === id) < index)
      complain(context, ['users', index, 'id'], `${id} stands in the list twice`);
  }
}
