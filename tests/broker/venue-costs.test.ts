/** Commission and swap: how much, when, and rounded against the trader. */
import { describe, expect, it } from 'vitest';
import { commissionOfFill, nightsBetween, swapOf } from '../../src/broker/paper/costs.ts';
import { PaperVenue } from '../../src/broker/paper/venue.ts';
import { money, moneyFromUnits, quantity } from '../../src/domain/units.ts';
import { bar, closeOf, entry, minute, OPENING, symbolRules, venueRules } from './venue-fixtures.ts';
import { FIRST, LONG_SAYS, type Row, SHORT_SAYS, tellsAsWritten } from './venue-table.ts';

/** Ten steps are one lot. */
const { instrument } = symbolRules();

describe('commission', () => {
  it.each([
    { steps: 10, perLot: 7_000_000, charged: -3_500_000, why: 'half of the round trip on each side' },
    { steps: 3, perLot: 7_000_000, charged: -1_050_000, why: 'of a part of a lot' },
    { steps: 1, perLot: 7, charged: -1, why: '0.35 micros are charged as one' },
    { steps: 10, perLot: 0, charged: 0, why: 'nothing where there is none' },
  ])('$why', ({ steps, perLot, charged }) => {
    expect(commissionOfFill(instrument, quantity(steps), money(perLot))).toBe(charged);
  });

  it('is taken from the balance at each fill', () => {
    const venue = new PaperVenue(venueRules({ latencyMs: 0, commissionPerLot: moneyFromUnits(7) }), OPENING);
    venue.onBars([FIRST]);
    venue.submit(entry(), minute(5));
    expect(venue.holdings().balance).toBe(OPENING - 3_500_000);
    venue.onBars([bar(1, 1002)]);
    venue.submit(closeOf('C', 'A', 4), minute(10));
    expect(venue.holdings().balance).toBe(OPENING - 4_900_000);
  });
});

const DAY_MS = 86_400_000;
const day = (month: number, dayOfMonth: number) => Date.UTC(2024, month - 1, dayOfMonth) / DAY_MS;

describe('nights', () => {
  it.each([
    { from: day(1, 8), to: day(1, 8), nights: 0, why: 'the same day' },
    { from: day(1, 8), to: day(1, 9), nights: 1, why: 'Monday to Tuesday' },
    { from: day(1, 9), to: day(1, 10), nights: 1, why: 'Tuesday to Wednesday' },
    { from: day(1, 10), to: day(1, 11), nights: 3, why: 'Wednesday to Thursday' },
    { from: day(1, 11), to: day(1, 12), nights: 1, why: 'Thursday to Friday' },
    { from: day(1, 12), to: day(1, 15), nights: 1, why: 'Friday to Monday' },
    { from: day(1, 12), to: day(1, 14), nights: 1, why: 'Friday to a Sunday session' },
    { from: day(1, 14), to: day(1, 15), nights: 0, why: 'a Sunday session to Monday' },
    { from: day(1, 8), to: day(1, 15), nights: 7, why: 'a week' },
    { from: day(1, 3), to: day(1, 31), nights: 28, why: 'four weeks' },
    { from: day(1, 9), to: day(1, 8), nights: 0, why: 'never backwards' },
  ])('$why: $nights', ({ from, to, nights }) => {
    expect(nightsBetween('fx', from, to)).toBe(nights);
  });

  it('crypto pays each night alike', () => {
    expect(nightsBetween('crypto', day(1, 10), day(1, 11))).toBe(1);
    expect(nightsBetween('crypto', day(1, 12), day(1, 15))).toBe(3);
    expect(nightsBetween('crypto', day(1, 15), day(1, 12))).toBe(0);
  });
});

describe('swap', () => {
  const carried = { ...instrument, swapLong: -100, swapShort: 100 };
  const third = { num: 1, den: 3 };

  it('costs are rounded up and credits down', () => {
    expect(swapOf(carried, 'buy', quantity(1), 1, third)).toBe(-34);
    expect(swapOf(carried, 'sell', quantity(1), 1, third)).toBe(33);
  });

  it('is of the side, the steps and the nights', () => {
    expect(swapOf(carried, 'buy', quantity(5), 3, { num: 2, den: 1 })).toBe(-3000);
    expect(swapOf(carried, 'sell', quantity(5), 0, { num: 2, den: 1 })).toBe(0);
  });
});

const CARRY = { coin: { swapLong: -2_000_000, swapShort: 1_500_000 } };
/** The first bar of Tuesday in UTC, 840 minutes after the start; and of Tuesday's trading day in New York, 720 minutes after. */
const MIDNIGHT = 14 * 12;
const NEW_YORK_CLOSE = 12 * 12;

const SWAPS: readonly Row[] = [
  {
    rule: 'a long pays once, at the first open of the next trading day',
    rules: CARRY,
    play: [FIRST, entry(), bar(1, 1000), bar(MIDNIGHT - 1, 1000), bar(MIDNIGHT, 1000), bar(MIDNIGHT + 1, 1000)],
    says: [...LONG_SAYS, "swap P-A -20 840'"],
  },
  {
    rule: 'a short earns',
    rules: CARRY,
    play: [FIRST, entry({ side: 'sell' }), bar(1, 1000), bar(MIDNIGHT, 1000)],
    says: [...SHORT_SAYS, "swap P-A 15 840'"],
  },
  {
    rule: 'the trading day is the session’s',
    rules: { ...CARRY, session: { timezone: 'America/New_York', dayStartMinutes: 17 * 60 } },
    play: [FIRST, entry(), bar(1, 1000), bar(NEW_YORK_CLOSE - 1, 1000), bar(NEW_YORK_CLOSE, 1000), bar(MIDNIGHT, 1000)],
    says: [...LONG_SAYS, "swap P-A -20 720'"],
  },
  {
    rule: 'nights without a bar are charged at the next, Wednesday’s three times: Monday to Thursday are five',
    rules: CARRY,
    play: [FIRST, entry(), bar(1, 1000), bar(MIDNIGHT + 2 * 288, 1000)],
    says: [...LONG_SAYS, "swap P-A -100 3720'"],
  },
  {
    rule: 'swap comes before the gap that ends the position',
    rules: CARRY,
    play: [FIRST, entry(), bar(1, 1000), bar(MIDNIGHT, 985)],
    says: [...LONG_SAYS, "swap P-A -20 840'", "stop_loss sell 10@985 profit -170 840'"],
  },
  {
    rule: 'what opens on the first moment of a day owes nothing for the night before',
    rules: { ...CARRY, latencyMs: 0 },
    play: [bar(MIDNIGHT - 1, 1000), entry({ decidedAt: minute(840) }), bar(MIDNIGHT, 1000)],
    says: ["A buy 10@1002 840'"],
  },
  {
    rule: 'what a limit opens inside the last bar of a day was open over the night',
    rules: CARRY,
    play: [
      bar(MIDNIGHT - 2, 1000),
      entry({ type: 'limit', referencePrice: 998, decidedAt: minute(835) }),
      bar(MIDNIGHT - 1, '1000 1001 996 1000'),
      bar(MIDNIGHT, 1000),
    ],
    says: ["A accepted 835'", "A buy 10@998 840'", "swap P-A -20 840'"],
  },
  {
    rule: 'no report is made of no swap',
    play: [FIRST, entry(), bar(1, 1000), bar(MIDNIGHT, 1000)],
    says: LONG_SAYS,
  },
];

tellsAsWritten('swap', SWAPS);

it('swap is part of the balance and of what the position has realised', () => {
  const venue = new PaperVenue(venueRules(CARRY), OPENING);
  venue.onBars([FIRST]);
  venue.submit(entry(), minute(5));
  venue.onBars([bar(1, 1000), bar(MIDNIGHT, 1000)]);
  expect(venue.holdings()).toMatchObject({
    balance: OPENING - 20_000_000,
    positions: [{ swap: -20_000_000, realised: -20_000_000 }],
  });
});
