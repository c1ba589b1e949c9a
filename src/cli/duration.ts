/** Lengths of time as they are typed: 60s, 10m, 8h. */
import { InvalidArgumentError } from 'commander';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

/** In milliseconds. */
export function duration(text: string): number {
  const [, count, unit = 's'] = /^(\d+(?:\.\d+)?)([smh])?$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (count === undefined || unitMs === undefined || Number(count) === 0) {
    throw new InvalidArgumentError('Write a number and s, m or h, e.g. 60s.');
  }
  return Number(count) * unitMs;
}
