/** How the bench says what it measured: percentiles, and lines that carry their unit and their goal. */

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99) };
}

export const median = (values: readonly number[]): number => spreadOf(values).p50;

/** Three figures tell enough of anything measured on a shared machine. */
export const short = (value: number): string =>
  Number.isFinite(value) ? Number(value.toPrecision(3)).toLocaleString('en-US') : 'not measured';

/** `p50 8.1 RTT (4.0 ms) · p99 21 RTT (10 ms)`. */
export const inRoundTrips = ({ p50, p99 }: Spread, rttMs: number): string =>
  [`p50 ${short(p50 / rttMs)} RTT (${short(p50)} ms)`, `p99 ${short(p99 / rttMs)} RTT (${short(p99)} ms)`].join(' · ');

export const inMs = ({ p50, p99 }: Spread): string => `p50 ${short(p50)} ms · p99 ${short(p99)} ms`;

export function heading(text: string): void {
  process.stdout.write(`\n${text}\n`);
}

export function note(text: string): void {
  process.stdout.write(`  ${text}\n`);
}

/** What was measured, the figure, and the goal or anchor of reference performance beside it. */
export function line(what: string, figure: string, beside = ''): void {
  process.stdout.write(`  ${what.padEnd(36)} ${figure.padEnd(48)} ${beside}`.trimEnd().concat('\n'));
}
