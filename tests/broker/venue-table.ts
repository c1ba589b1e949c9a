/** Rules as rows: what is played, and every word the venue says. */
import { describe, expect, it } from 'vitest';
import { PaperVenue } from '../../src/broker/paper/venue.ts';
import type { Bar } from '../../src/domain/market.ts';
import type { Order } from '../../src/domain/order.ts';
import { bar, entry, line, OPENING, type RuleOptions, venueRules } from './venue-fixtures.ts';

export interface Row {
  readonly rule: string;
  readonly rules?: RuleOptions;
  /** Bars, bars that come together, and orders, each sent at the time it was decided. */
  readonly play: readonly (Bar | readonly Bar[] | Order)[];
  readonly says: readonly string[];
}

export const FIRST = bar(0, 1000);
export const INSTANT: RuleOptions = { latencyMs: 0 };
export const SLIPPING: RuleOptions = { coin: { slippage: 3 } };
/** The number of a bar three days later: over a weekend, had it been one. */
export const AFTER_BREAK = 3 * 24 * 12;

/** A long from 1002 with its stop at 990 and its target at 1020. */
export const LONG = [FIRST, entry(), bar(1, 1000)] as const;
export const LONG_SAYS = ["A accepted 5'", "A buy 10@1002 5'"] as const;
/** A short from 1000 with its stop at 1012 and its target at 982. */
export const SHORT = [FIRST, entry({ side: 'sell' }), bar(1, 1000)] as const;
export const SHORT_SAYS = ["A accepted 5'", "A sell 10@1000 5'"] as const;

export function tellsAsWritten(name: string, rows: readonly Row[]): void {
  describe(`paper venue: ${name}`, () => {
    it.each(rows)('$rule', ({ rules, play, says }) => {
      const venue = new PaperVenue(venueRules(rules), OPENING);
      for (const step of play) {
        if ('intent' in step) venue.submit(step, step.intent.decidedAt);
        else venue.onBars('symbol' in step ? [step] : step);
      }
      expect(venue.reportsAfter(0).map(line)).toEqual(says);
    });
  });
}
