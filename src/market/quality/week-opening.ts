/** Which clock a file was written in, told by when its weeks begin: markets open on Sunday at a fixed hour of New York. */
import type { AssetClass } from '../../domain/instrument.ts';
import { timeframeMs } from '../../domain/market.ts';
import type { UnixMs } from '../../domain/units.ts';
import { zoneOffsetMs } from '../../domain/zone.ts';
import type { Candles } from '../candles.ts';
import { type FileClock, fileClock, UTC_CLOCK } from '../file-clock.ts';
import { type Finding, percent } from './report.ts';

const NEW_YORK = 'America/New_York';
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
const FIRST_SUNDAY_MS = 3 * DAY_MS;
/** A longer rest than any holiday within the week. */
const WEEKEND_MIN_MS = 40 * HOUR_MS;
const WEEKS_MIN = 8;
/** The first minutes of a week may have no tick. */
const LATE_MS = 10 * 60_000;
const SHARE_SURE = 0.8;
/** A wrong clock that moves the bars so far puts them into another session. */
const BLOCK_FROM_MS = 2 * HOUR_MS;

/** Hours after Sunday 00:00 in New York; the first is the usual one. */
const OPENINGS: Record<AssetClass, readonly number[]> = { fx: [17], metal: [18, 17], index: [18, 17], crypto: [] };

const CANDIDATES: readonly string[] = [
  ...hours(-5, 14).map((lead) => `${NEW_YORK}${signed(lead)}h`),
  'Europe/London',
  'Europe/Berlin',
  'Europe/Athens',
  ...hours(-12, 14).map((lead) => `UTC${signed(lead)}`),
];

/** `undefined` where the market has no week, or where too few weeks are known. `written` is the clock the file was read with. */
export function checkClock(candles: Candles, assetClass: AssetClass, written: FileClock): Finding | undefined {
  const [usual, ...others] = OPENINGS[assetClass].map((hour) => hour * HOUR_MS);
  const periodMs = timeframeMs(candles.timeframe);
  const openings = weekOpenings(candles, periodMs);
  if (usual === undefined || periodMs > HOUR_MS || openings.length < WEEKS_MIN) return undefined;
  const lateMs = Math.max(LATE_MS, periodMs);
  const share = (clock: FileClock, due: number) =>
    openings.filter((at) => isOnTime(clock.toUtc(written.fromUtc(at), Number.NEGATIVE_INFINITY), due, lateMs)).length /
    openings.length;
  const now = Math.max(...[usual, ...others].map((due) => share(written, due)));
  const shown = `of ${openings.length} weeks begin at ${usual / HOUR_MS}:00 on Sunday in New York`;
  if (now >= SHARE_SURE) return { kind: 'clock', verdict: 'ok', text: `${percent(now)} ${shown}` };
  const found = CANDIDATES.map((name) => fileClock(name))
    .map((clock) => ({ clock, explains: share(clock, usual) }))
    .reduce((best, each) => (each.explains > best.explains ? each : best));
  if (found.explains < SHARE_SURE) {
    return { kind: 'clock', verdict: 'ok', text: `only ${percent(now)} ${shown}, and no other clock explains it` };
  }
  const shifts = openings.map((at) => Math.abs(found.clock.toUtc(written.fromUtc(at), Number.NEGATIVE_INFINITY) - at));
  const verdict = Math.max(...shifts) >= BLOCK_FROM_MS ? 'block' : 'warn';
  const text =
    `only ${percent(now)} ${shown}; ${percent(found.explains)} do when the times are those of ${found.clock.name} ` +
    `and not ${written.name}. Import the export again with --clock "${found.clock.name}" --replace`;
  return { kind: 'clock', verdict, text };
}

/** The first bars after a weekend. */
function weekOpenings({ openAt, length }: Candles, periodMs: number): number[] {
  const openings: number[] = [];
  for (let i = 1; i < length; i++) {
    const at = openAt[i] as number;
    if (at - (openAt[i - 1] as number) - periodMs >= WEEKEND_MIN_MS) openings.push(at);
  }
  return openings;
}

function isOnTime(at: number, dueMs: number, lateMs: number): boolean {
  const local = at + zoneOffsetMs(NEW_YORK, at as UnixMs) - FIRST_SUNDAY_MS;
  const late = local - Math.floor(local / WEEK_MS) * WEEK_MS - dueMs;
  return late >= 0 && late < lateMs;
}

function hours(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index).filter((lead) => lead !== 0);
}

function signed(lead: number): string {
  return lead < 0 ? String(lead) : `+${lead}`;
}

/** Of a recording whose clock has a name that this version no longer reads, the times are taken as they are. */
export function clockNamed(name: string): FileClock {
  try {
    return fileClock(name);
  } catch {
    return UTC_CLOCK;
  }
}
