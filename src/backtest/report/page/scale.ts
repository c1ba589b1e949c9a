/** From data to places on paper: linear scales with round ticks, in numbers or in UTC time. */

export interface Scale {
  readonly from: number;
  readonly to: number;
  /** Place in the drawing of a value. */
  place(value: number): number;
}

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** An empty or point-like range is widened, so that it can be drawn. */
export function linearScale(from: number, to: number, start: number, end: number): Scale {
  const known = Number.isFinite(from) && Number.isFinite(to);
  const [low, high] = known ? (from === to ? [from - 0.5, to + 0.5] : [from, to]) : [0, 1];
  return { from: low, to: high, place: (value) => start + ((value - low) / (high - low)) * (end - start) };
}

/** The range of the values with a twentieth of room at both ends. */
export function roomy(values: Iterable<number>): readonly [from: number, to: number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const room = (high - low) / 20;
  return [low - room, high + room];
}

/** About `count` values of 1, 2 or 5 times a power of ten. */
export function numberTicks({ from, to }: Scale, count: number, label: (value: number) => string): Tick[] {
  const rough = (to - from) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const ticks: Tick[] = [];
  for (let i = Math.ceil(from / step - 1e-9); i * step <= to + step * 1e-9; i++) {
    ticks.push({ value: i * step, label: label(i * step) });
  }
  return ticks;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEPS_MS = [
  HOUR_MS / 12,
  HOUR_MS / 4,
  HOUR_MS,
  3 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  DAY_MS,
  2 * DAY_MS,
  7 * DAY_MS,
  14 * DAY_MS,
];
const STEPS_MONTHS = [1, 2, 3, 6, 12, 24, 60, 120];
const MONTH_MS = 30.4 * DAY_MS;

/** About `count` round moments of UTC: minutes, hours, days or the beginnings of months. */
export function timeTicks({ from, to }: Scale, count: number): Tick[] {
  const rough = (to - from) / count;
  const step = STEPS_MS.find((size) => size >= rough);
  if (step === undefined) return monthTicks(from, to, STEPS_MONTHS.find((months) => months * MONTH_MS >= rough) ?? 120);
  const ticks: Tick[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const text = new Date(at).toISOString();
    ticks.push({ value: at, label: step >= DAY_MS ? text.slice(0, 10) : `${text.slice(5, 10)} ${text.slice(11, 16)}` });
  }
  return ticks;
}

function monthTicks(from: number, to: number, months: number): Tick[] {
  const start = new Date(from);
  const ticks: Tick[] = [];
  const first = start.getUTCFullYear() * 12 + start.getUTCMonth();
  for (let serial = Math.ceil(first / months) * months; ; serial += months) {
    const at = Date.UTC(Math.floor(serial / 12), serial % 12);
    if (at > to) return ticks;
    if (at >= from) ticks.push({ value: at, label: new Date(at).toISOString().slice(0, 7) });
  }
}
