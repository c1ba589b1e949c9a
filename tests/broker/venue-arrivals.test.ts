/** What an order meets when it arrives: checks, chance, the fence, its own earlier self; and several symbols at once. */
import { describe, expect, it } from 'vitest';
import { PaperVenue } from '../../src/broker/paper/venue.ts';
import { hashToUnit } from '../../src/domain/random.ts';
import { moneyFromUnits } from '../../src/domain/units.ts';
import {
  bar,
  cancelOf,
  closeOf,
  entry,
  line,
  minute,
  OPENING,
  type RuleOptions,
  venueRules,
} from './venue-fixtures.ts';
import { FIRST, LONG, LONG_SAYS, type Row, tellsAsWritten } from './venue-table.ts';

/** What chance leaves of 100 steps of order A under seed 1. */
const PART = Math.floor(100 * hashToUnit('1|A|fraction'));

const ARRIVALS: readonly Row[] = [
  {
    rule: 'less than the least volume is refused',
    play: [FIRST, entry({ quantity: 1 })],
    says: ["A rejected invalid_volume 5'"],
  },
  {
    rule: 'more than the most volume is refused',
    play: [FIRST, entry({ quantity: 1001 })],
    says: ["A rejected invalid_volume 5'"],
  },
  {
    rule: 'a buy’s stop above its price is refused',
    play: [FIRST, entry({ stopLoss: 1003 })],
    says: ["A rejected invalid_stops 5'"],
  },
  {
    rule: 'a sell’s target above its price is refused',
    play: [FIRST, entry({ side: 'sell', takeProfit: 1001 })],
    says: ["A rejected invalid_stops 5'"],
  },
  {
    rule: 'a stop at no price is refused',
    play: [FIRST, entry({ stopLoss: 0 })],
    says: ["A rejected invalid_stops 5'"],
  },
  {
    rule: 'a stop nearer than the instrument allows is refused',
    rules: { coin: { stopDistanceMin: 13 } },
    play: [FIRST, entry()],
    says: ["A rejected invalid_stops 5'"],
  },
  {
    rule: 'an entry before any price is refused',
    play: [entry()],
    says: ["A rejected off_quotes 5'"],
  },
  {
    // 100,000 × 10 ÷ 1002 = 998.003 steps.
    rule: 'the margin of what is free is enough',
    play: [FIRST, entry({ quantity: 998 })],
    says: ["A accepted 5'"],
  },
  {
    rule: 'more margin than is free is refused',
    play: [FIRST, entry({ quantity: 999 })],
    says: ["A rejected no_money 5'"],
  },
  {
    rule: 'entries that still work have their margin reserved',
    play: [
      FIRST,
      entry({ quantity: 500 }),
      entry({ orderId: 'B', quantity: 500 }),
      entry({ orderId: 'C', quantity: 498 }),
    ],
    says: ["A accepted 5'", "B rejected no_money 5'", "C accepted 5'"],
  },
  {
    // Equity 100,000 − 500 × 9 = 95,500, pledged 50,100: 45,400 are free; 454 steps at 1000 need 45,400.
    rule: 'a floating loss is not free',
    play: [
      FIRST,
      entry({ quantity: 500 }),
      bar(1, '1000 1000 993 993'),
      entry({ orderId: 'B', quantity: 455, referencePrice: 1000, decidedAt: minute(10) }),
      entry({ orderId: 'C', quantity: 454, referencePrice: 1000, decidedAt: minute(10) }),
    ],
    says: ["A accepted 5'", "A buy 500@1002 5'", "B rejected no_money 10'", "C accepted 10'"],
  },
  {
    rule: 'chance refuses entries',
    rules: { rejectionProbability: 1 },
    play: [FIRST, entry()],
    says: ["A rejected rejected 5'"],
  },
  {
    rule: 'chance fills a part, and the rest is cancelled',
    rules: { partialFillProbability: 1 },
    play: [FIRST, entry({ quantity: 100 }), bar(1, 1000)],
    says: ["A accepted 5'", `A buy ${PART}@1002 partly 5'`, "A cancelled 5'"],
  },
  {
    rule: 'a part is never less than can be traded',
    rules: { partialFillProbability: 1, coin: { quantityMin: 10 } },
    play: [FIRST, entry({ quantity: 11 }), bar(1, 1000)],
    says: ["A accepted 5'", "A buy 10@1002 partly 5'", "A cancelled 5'"],
  },
  {
    rule: 'the least volume is not parted',
    rules: { partialFillProbability: 1 },
    play: [FIRST, entry({ quantity: 2 }), bar(1, 1000)],
    says: ["A accepted 5'", "A buy 2@1002 5'"],
  },
  {
    rule: 'chance touches no exit',
    rules: { partialFillProbability: 1 },
    play: [FIRST, entry({ quantity: 100 }), bar(1, 1000), closeOf('C', 'A', PART), bar(2, 1002)],
    says: [
      "A accepted 5'",
      `A buy ${PART}@1002 partly 5'`,
      "A cancelled 5'",
      "C accepted 10'",
      `C sell ${PART}@1002 profit 0 10'`,
    ],
  },
  {
    rule: 'a bar that was seen, or an older one, changes nothing',
    play: [...LONG, bar(1, '1000 1000 900 1000'), bar(0, 900)],
    says: LONG_SAYS,
  },
  {
    rule: 'at one open, gapped stops come before closes and closes before entries',
    play: [
      ...LONG,
      entry({ orderId: 'B', decidedAt: minute(10), stopLoss: 900, deviation: 50 }),
      bar(2, 1000),
      entry({ orderId: 'D', decidedAt: minute(15), stopLoss: 900 }),
      closeOf('C', 'B', 10, minute(15)),
      bar(3, 985),
    ],
    says: [
      ...LONG_SAYS,
      "B accepted 10'",
      "B buy 10@1002 10'",
      "D accepted 15'",
      "C accepted 15'",
      "stop_loss sell 10@985 profit -170 15'",
      "C sell 10@985 profit -170 15'",
      "D buy 10@987 15'",
    ],
  },
];

const BANK = { symbol: 'BANK' };
const SYMBOLS: readonly Row[] = [
  {
    rule: 'bars of one close time are played in order of symbol, opens before insides, however they come',
    rules: { others: [BANK] },
    play: [
      [FIRST, bar(0, 1000, BANK)],
      entry(),
      entry({ orderId: 'B', symbol: 'BANK' }),
      [bar(1, '1000 1001 980 1000'), bar(1, '1000 1001 980 1000', BANK)],
    ],
    says: [
      "A accepted 5'",
      "B accepted 5'",
      "B buy 10@1002 5'",
      "A buy 10@1002 5'",
      "stop_loss sell 10@990 profit -120 10'",
      "stop_loss sell 10@990 profit -120 10'",
    ],
  },
  {
    rule: 'bars of several close times at once are played one close time after another',
    play: [FIRST, entry(), [bar(2, '1000 1001 990 1000'), bar(1, 1000)]],
    says: [...LONG_SAYS, "stop_loss sell 10@990 profit -120 15'"],
  },
  {
    // 1200 ticks of 1/100 = 12 USD a unit.
    rule: 'profit is converted at the converting symbol’s price: its open at the open',
    rules: { coin: { conversion: { kind: 'multiply', symbol: 'BANK' } }, others: [BANK] },
    play: [
      [FIRST, bar(0, 1000, BANK)],
      entry({ quantity: 2 }),
      [bar(1, 1000), bar(1, 1000, BANK)],
      closeOf('C', 'A', 2),
      [bar(2, 1003), bar(2, '1200 1300 1200 1300', BANK)],
    ],
    says: ["A accepted 5'", "A buy 2@1002 5'", "C accepted 10'", "C sell 2@1003 profit 24 10'"],
  },
  {
    rule: 'inside a bar the converting symbol is at its close',
    rules: { coin: { conversion: { kind: 'multiply', symbol: 'BANK' } }, others: [BANK] },
    play: [
      [FIRST, bar(0, 1000, BANK)],
      entry({ quantity: 2 }),
      [bar(1, '1000 1020 1000 1020'), bar(1, '1000 1300 1000 1300', BANK)],
    ],
    says: ["A accepted 5'", "A buy 2@1002 5'", "take_profit sell 2@1020 profit 468 10'"],
  },
  {
    rule: 'a division converts the other way round, and profit is rounded to the micro',
    rules: { coin: { conversion: { kind: 'divide', symbol: 'BANK' } }, others: [BANK] },
    play: [[FIRST, bar(0, 1500, BANK)], entry({ quantity: 2 }), [bar(1, '1000 1020 1000 1020'), bar(1, 1500, BANK)]],
    says: ["A accepted 5'", "A buy 2@1002 5'", "take_profit sell 2@1020 profit 2.4 10'"],
  },
  {
    rule: 'an entry waits for the price that converts its profit',
    rules: { coin: { conversion: { kind: 'multiply', symbol: 'BANK' } }, others: [BANK] },
    play: [FIRST, entry({ quantity: 2 })],
    says: ["A rejected off_quotes 5'"],
  },
];

tellsAsWritten('arrivals', ARRIVALS);
tellsAsWritten('several symbols', SYMBOLS);

describe('paper venue: submit', () => {
  it('answers with the reports that the order made, and again with all it has by then', () => {
    const venue = new PaperVenue(venueRules(), OPENING);
    venue.onBars([FIRST]);
    expect(venue.submit(entry(), minute(5)).map(line)).toEqual(["A accepted 5'"]);
    venue.onBars([bar(1, 1000)]);
    expect(venue.submit(entry(), minute(10)).map(line)).toEqual([...LONG_SAYS]);
    expect(venue.holdings().positions).toHaveLength(1);
    expect(venue.holdings().sequence).toBe(2);
  });

  it('knows a cancellation under both orders', () => {
    const venue = new PaperVenue(venueRules(), OPENING);
    venue.onBars([FIRST]);
    venue.submit(entry(), minute(5));
    const answer = venue.submit(cancelOf('X', 'A'), minute(5));
    expect(venue.submit(cancelOf('X', 'A'), minute(5))).toEqual(answer);
    expect(venue.statusOf('X')).toEqual({ kind: 'reports', reports: answer });
  });

  it('refuses an order of an earlier epoch and remembers nothing of it', () => {
    const venue = new PaperVenue(venueRules(), OPENING);
    venue.onBars([FIRST]);
    venue.fence(2);
    expect(venue.submit(entry(), minute(5), 1)).toMatchObject([{ kind: 'rejected', code: 'stale_epoch', sequence: 0 }]);
    expect(venue.statusOf('A')).toEqual({ kind: 'never_seen' });
    expect(venue.holdings()).toMatchObject({ positions: [], workingOrderIds: [], sequence: 0 });
    expect(() => venue.fence(1)).toThrow('epoch 1 is over: the paper venue serves epoch 2');
    expect(venue.submit(entry(), minute(5), 2).map(line)).toEqual(["A accepted 5'"]);
  });

  it('holds what the broker port asks for', () => {
    const venue = new PaperVenue(venueRules({ commissionPerLot: moneyFromUnits(7) }), OPENING);
    venue.onBars([FIRST]);
    venue.submit(entry(), minute(5));
    venue.submit(entry({ orderId: 'B', type: 'limit', referencePrice: 990, expiresAt: minute(60) }), minute(5));
    expect(venue.holdings().workingOrderIds).toEqual(['A', 'B']);
    venue.onBars([bar(1, 1000)]);
    expect(venue.holdings()).toMatchObject({
      balance: OPENING - 3_500_000,
      workingOrderIds: ['B'],
      positions: [
        {
          positionId: 'P-A',
          decisionId: 'decision-A',
          side: 'buy',
          quantity: 10,
          entryPrice: 1002,
          stopLoss: 990,
          takeProfit: 1020,
          initialRisk: 120_000_000,
          commission: -3_500_000,
          realised: -3_500_000,
        },
      ],
    });
  });
});

describe('paper venue: rules that would make fills meaningless are refused', () => {
  it.each<[string, RuleOptions]>([
    ['leverage must be a whole number above 0, was 0', { leverage: 0 }],
    ['commission must not be negative', { commissionPerLot: moneyFromUnits(-1) }],
    ['latency must be 0 to below one bar (300000 ms), was 300000', { latencyMs: 300_000 }],
    ['latency must be 0 to below one bar (300000 ms), was NaN', { latencyMs: Number.NaN }],
    ['a probability must be 0 to 1, was 2', { rejectionProbability: 2 }],
    ['a probability must be 0 to 1, was NaN', { partialFillProbability: Number.NaN }],
    ['COIN: the spread must not be negative, was -1', { coin: { spread: -1 } }],
    ['COIN: slippage must not be negative, was -1', { coin: { slippage: -1 } }],
    ['COIN: its profit is converted by BANK', { coin: { conversion: { kind: 'divide', symbol: 'BANK' } } }],
  ])('%s', (complaint, rules) => {
    expect(() => new PaperVenue(venueRules(rules), OPENING)).toThrow(complaint);
  });
});
