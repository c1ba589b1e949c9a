/** Stop and stop-limit entries, filling rules: what triggers them, at which price they fill, and what becomes of the rest. */
import { describe, expect, it } from 'vitest';
import { PaperVenue } from '../../src/broker/paper/venue.ts';
import { bar, type EntryOptions, entry, minute, OPENING, venueRules } from './venue-fixtures.ts';
import { FIRST, INSTANT, type Row, SLIPPING, tellsAsWritten } from './venue-table.ts';

/** Decided at 1000/1002: a buy waits at 1010 (stop 998, target 1028), a sell at 992 (stop 1004, target 974). */
const buyStop = (options = {}) => entry({ type: 'stop', referencePrice: 1010, expiresAt: minute(20), ...options });
const sellStop = (options = {}) =>
  entry({ type: 'stop', side: 'sell', referencePrice: 992, expiresAt: minute(20), ...options });
/** Not worse than 1015. */
const buyStopLimit = (options = {}) => buyStop({ type: 'stop_limit', ...options });

const rows: readonly Row[] = [
  {
    rule: 'a buy stop fills where the ask reaches it',
    play: [FIRST, buyStop(), bar(1, '1000 1008 1000 1005')],
    says: ["A accepted 5'", "A buy 10@1010 10'"],
  },
  {
    rule: 'a bid at the buy stop is not needed, an ask below it not enough',
    play: [FIRST, buyStop(), bar(1, '1000 1007 1000 1005')],
    says: ["A accepted 5'"],
  },
  {
    rule: 'a sell stop fills where the bid reaches it',
    play: [FIRST, sellStop(), bar(1, '1000 1000 992 995')],
    says: ["A accepted 5'", "A sell 10@992 10'"],
  },
  {
    rule: 'it slips as a market order does, whatever the deviation',
    rules: { coin: { slippage: 9 } },
    play: [FIRST, buyStop(), bar(1, '1000 1008 1000 1005')],
    says: ["A accepted 5'", "A buy 10@1019 10'"],
  },
  {
    rule: 'a gap beyond it fills at the open, worse than asked',
    play: [FIRST, buyStop(), bar(1, 1012)],
    says: ["A accepted 5'", "A buy 10@1014 5'"],
  },
  {
    rule: 'a gap beyond its target never opens',
    play: [FIRST, buyStop(), bar(1, 1040)],
    says: ["A accepted 5'", "A rejected invalid_stops 5'"],
  },
  {
    rule: 'it is checked against its stop in the bar that opens it: the worse is taken to come after',
    play: [FIRST, buyStop(), bar(1, '1000 1030 998 1029')],
    says: ["A accepted 5'", "A buy 10@1010 10'", "stop_loss sell 10@998 profit -120 10'"],
  },
  {
    rule: 'it works until its expiry, and has its chance in the bar that ends there',
    play: [FIRST, buyStop(), bar(1, 1000), bar(2, 1000), bar(3, '1000 1008 1000 1000')],
    says: ["A accepted 5'", "A buy 10@1010 20'"],
  },
  {
    rule: 'and ends there',
    play: [FIRST, buyStop(), bar(1, 1000), bar(2, 1000), bar(3, 1000), bar(4, 1020)],
    says: ["A accepted 5'", "A expired 20'"],
  },
  {
    rule: 'without latency one that the market has gone through already is refused',
    rules: INSTANT,
    play: [FIRST, buyStop({ referencePrice: 1002 })],
    says: ["A rejected invalid_price 5'"],
  },
  {
    rule: 'a stop-limit order fills where it is triggered',
    play: [FIRST, buyStopLimit(), bar(1, '1000 1008 1000 1005')],
    says: ["A accepted 5'", "A buy 10@1010 10'"],
  },
  {
    rule: 'with slippage, within its limit',
    rules: SLIPPING,
    play: [FIRST, buyStopLimit(), bar(1, '1000 1008 1000 1005')],
    says: ["A accepted 5'", "A buy 10@1013 10'"],
  },
  {
    rule: 'a gap beyond its limit makes a limit order of it, which fills when the price comes back',
    play: [FIRST, buyStopLimit(), bar(1, '1020 1022 1014 1016'), bar(2, '1016 1018 1013 1016')],
    says: ["A accepted 5'", "A buy 10@1015 15'"],
  },
  {
    rule: 'and ends with its time when it does not',
    play: [FIRST, buyStopLimit(), bar(1, 1020), bar(2, 1020), bar(3, 1020)],
    says: ["A accepted 5'", "A expired 20'"],
  },
  {
    rule: 'slippage beyond its limit inside the bar: it works on at the limit, from the next bar',
    rules: { coin: { slippage: 9 } },
    play: [FIRST, buyStopLimit(), bar(1, '1000 1008 1000 1005'), bar(2, 1005)],
    says: ["A accepted 5'", "A buy 10@1007 10'"],
  },
];

tellsAsWritten('stop entries', rows);

/** Of 40 steps this seed has 27 there at the first price. */
const PARTLY = { partialFillProbability: 1, seed: 4 };
const filling: readonly Row[] = [
  {
    rule: 'all or nothing: where not all is there, nothing fills',
    rules: PARTLY,
    play: [FIRST, entry({ quantity: 40, filling: 'fok' }), bar(1, 1000)],
    says: ["A accepted 5'", "A rejected unfilled 5'"],
  },
  {
    rule: 'all or nothing: where all is there, all fills',
    play: [FIRST, entry({ quantity: 40, filling: 'fok' }), bar(1, 1000)],
    says: ["A accepted 5'", "A buy 40@1002 5'"],
  },
];
tellsAsWritten('filling', filling);

describe('paper venue: a rest that works on', () => {
  const play = (bars: readonly Parameters<typeof bar>[1][], options: EntryOptions = {}) => {
    const venue = new PaperVenue(venueRules(PARTLY), OPENING);
    venue.onBars([FIRST]);
    venue.submit(entry({ quantity: 40, filling: 'return', ...options, expiresAt: minute(60) }), minute(5));
    bars.forEach((candle, i) => {
      venue.onBars([bar(i + 1, candle)]);
    });
    return venue;
  };

  it('fills in parts at one open after another into one position, until nothing is left', () => {
    const venue = play(Array(9).fill(1000), { type: 'limit' });
    const fills = venue.reportsAfter(0).flatMap((report) => (report.kind === 'filled' ? [report] : []));
    expect(fills.length).toBeGreaterThan(1);
    expect(fills.map(({ orderDone }) => orderDone)).toEqual(fills.map((_, i) => i === fills.length - 1));
    expect(fills.reduce((sum, { fill }) => sum + fill.quantity, 0)).toBe(40);
    expect(venue.holdings().positions).toMatchObject([{ positionId: 'P-A', quantity: 40, stopLoss: 990 }]);
    // The weighted mean of what was paid, to the tick.
    const paid = fills.reduce((sum, { fill }) => sum + fill.quantity * fill.price, 0) / 40;
    expect(Math.abs((venue.holdings().positions[0]?.entryPrice ?? 0) - paid)).toBeLessThanOrEqual(1);
    expect(venue.holdings().workingOrderIds).toEqual([]);
  });

  it('is cancelled when the position is stopped out: it must not open it again', () => {
    const venue = play([1000, '989 989 980 985', 1000]);
    expect(venue.holdings()).toMatchObject({ positions: [], workingOrderIds: [] });
    expect(venue.reportsAfter(0).at(-1)).toMatchObject({ kind: 'cancelled', orderId: 'A' });
  });

  it('is cancelled, not refused, when the price leaves the deviation', () => {
    const venue = play([1000, 1010]);
    expect(venue.holdings().workingOrderIds).toEqual([]);
    expect(venue.reportsAfter(0).at(-1)).toMatchObject({ kind: 'cancelled', orderId: 'A' });
    expect(venue.holdings().positions).toHaveLength(1);
  });
});
