/** What the market's tests share: contracts, a clock moved by hand, files in a folder of their own, and a way to run a feed dry. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Instrument } from '../../src/domain/instrument.ts';
import { INSTRUMENTS, makeInstrument } from '../../src/domain/instruments.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { BarFeed, Clock } from '../../src/domain/ports.ts';
import { type UnixMs, unixMs } from '../../src/domain/units.ts';
import { systemClock } from '../../src/servo/clock.ts';

export const utc = (iso: string): UnixMs => unixMs(Date.parse(iso));

export function instrument(symbol: string): Instrument {
  const spec = INSTRUMENTS[symbol];
  if (spec === undefined) throw new Error(`no contract ${symbol}`);
  return makeInstrument(spec);
}

export interface HandClock extends Clock {
  pass(ms: number): void;
}

/** Its wall time stands still: no feed may look at it. */
export function handClock(): HandClock {
  let now = 5000;
  return {
    wall: () => unixMs(0),
    monotonic: () => now,
    after: systemClock.after,
    pass: (ms) => {
      now += ms;
    },
  };
}

/** A file that goes when the test does. */
export function temporaryFile(content: string | Uint8Array, name = 'candles.csv'): string {
  const folder = mkdtempSync(join(tmpdir(), 'servo-market-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Takes every bar that is due from `after` on, up to `closeTimesMax` close times. */
export function drain(feed: BarFeed, after?: UnixMs, closeTimesMax = Number.POSITIVE_INFINITY): Bar[] {
  const taken: Bar[] = [];
  let reached = after;
  for (let i = 0; i < closeTimesMax; i++) {
    const due = feed.due(reached);
    if (due.kind !== 'bars') break;
    taken.push(...due.bars);
    reached = due.bars[0]?.closeAt;
  }
  return taken;
}
