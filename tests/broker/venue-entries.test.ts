/** When and at which price an entry fills, and what a gap, a break or an expiry make of it. */
import { bar, entry, minute } from './venue-fixtures.ts';
import { AFTER_BREAK, FIRST, INSTANT, type Row, SLIPPING, tellsAsWritten } from './venue-table.ts';

const ENTRIES: readonly Row[] = [
  {
    rule: 'a market buy pays the ask of the next open',
    play: [FIRST, entry(), bar(1, '1001 1005 999 1003')],
    says: ["A accepted 5'", "A buy 10@1003 5'"],
  },
  {
    rule: 'a market sell gets the bid of the next open',
    play: [FIRST, entry({ side: 'sell' }), bar(1, '1001 1005 999 1003')],
    says: ["A accepted 5'", "A sell 10@1001 5'"],
  },
  {
    rule: 'slippage is added to what a buy pays',
    rules: SLIPPING,
    play: [FIRST, entry(), bar(1, 1000)],
    says: ["A accepted 5'", "A buy 10@1005 5'"],
  },
  {
    rule: 'slippage is taken from what a sell gets',
    rules: SLIPPING,
    play: [FIRST, entry({ side: 'sell' }), bar(1, 1000)],
    says: ["A accepted 5'", "A sell 10@997 5'"],
  },
  {
    rule: 'without latency a buy fills at once at the ask of the last close',
    rules: INSTANT,
    play: [bar(0, '990 1001 989 1000'), entry()],
    says: ["A buy 10@1002 5'"],
  },
  {
    rule: 'without latency a sell fills at once at the bid of the last close',
    rules: INSTANT,
    play: [bar(0, '990 1001 989 1000'), entry({ side: 'sell' })],
    says: ["A sell 10@1000 5'"],
  },
  {
    rule: 'without latency an entry needs the quote of its own moment',
    rules: INSTANT,
    play: [FIRST, entry({ decidedAt: minute(10) })],
    says: ["A rejected off_quotes 10'"],
  },
  {
    rule: 'a configured spread wins over the bar’s own',
    rules: { coin: { spread: 4 } },
    play: [FIRST, entry(), bar(1, 1000)],
    says: ["A accepted 5'", "A buy 10@1004 5'"],
  },
  {
    rule: 'one missing bar is no closed market',
    play: [FIRST, entry(), bar(2, 1000)],
    says: ["A accepted 5'", "A buy 10@1002 10'"],
  },
  {
    rule: 'an entry that finds no price until after a break is rejected',
    play: [FIRST, entry(), bar(3, 1000)],
    says: ["A accepted 5'", "A rejected market_closed 15'"],
  },
  {
    rule: 'a price worse by just the deviation still fills',
    rules: SLIPPING,
    play: [FIRST, entry(), bar(1, 1002)],
    says: ["A accepted 5'", "A buy 10@1007 5'"],
  },
  {
    rule: 'gap and slippage beyond the deviation are a requote',
    rules: SLIPPING,
    play: [FIRST, entry(), bar(1, 1003)],
    says: ["A accepted 5'", "A rejected requote 5'"],
  },
  {
    rule: 'a sell is requoted by a gap down',
    play: [FIRST, entry({ side: 'sell' }), bar(1, 994)],
    says: ["A accepted 5'", "A rejected requote 5'"],
  },
  {
    rule: 'a better price fills however far it is',
    play: [FIRST, entry({ stopLoss: 900 }), bar(1, 950)],
    says: ["A accepted 5'", "A buy 10@952 5'"],
  },
  {
    rule: 'an entry that a gap carries past its own stop never opens',
    play: [FIRST, entry(), bar(1, 990)],
    says: ["A accepted 5'", "A rejected invalid_stops 5'"],
  },
  {
    rule: 'an entry that a gap carries past its own target never opens',
    play: [FIRST, entry({ takeProfit: 1004 }), bar(1, 1004)],
    says: ["A accepted 5'", "A rejected invalid_stops 5'"],
  },
  {
    rule: 'without latency a requote is said at once',
    rules: { ...INSTANT, ...{ coin: { slippage: 6 } } },
    play: [FIRST, entry()],
    says: ["A rejected requote 5'"],
  },
];

const LIMITS: readonly Row[] = [
  {
    rule: 'a buy limit fills at its limit when the ask comes down to it',
    play: [FIRST, entry({ type: 'limit', referencePrice: 998 }), bar(1, '1000 1001 996 1000')],
    says: ["A accepted 5'", "A buy 10@998 10'"],
  },
  {
    rule: 'a bid at the buy limit is not enough',
    play: [FIRST, entry({ type: 'limit', referencePrice: 998 }), bar(1, '1000 1001 997 1000')],
    says: ["A accepted 5'", "A expired 10'"],
  },
  {
    rule: 'a sell limit fills at its limit when the bid comes up to it',
    play: [FIRST, entry({ type: 'limit', side: 'sell', referencePrice: 1004 }), bar(1, '1000 1004 999 1000')],
    says: ["A accepted 5'", "A sell 10@1004 10'"],
  },
  {
    rule: 'an ask at the sell limit is not enough',
    play: [FIRST, entry({ type: 'limit', side: 'sell', referencePrice: 1004 }), bar(1, '1000 1003 999 1000')],
    says: ["A accepted 5'", "A expired 10'"],
  },
  {
    rule: 'a limit order takes a better open, without slippage',
    rules: SLIPPING,
    play: [FIRST, entry({ type: 'limit', referencePrice: 998 }), bar(1, 994)],
    says: ["A accepted 5'", "A buy 10@996 5'"],
  },
  {
    rule: 'without latency a limit order that the quote meets fills at once',
    rules: INSTANT,
    play: [FIRST, entry({ type: 'limit', referencePrice: 1003 })],
    says: ["A buy 10@1002 5'"],
  },
  {
    rule: 'without latency a limit order that the quote does not meet works',
    rules: INSTANT,
    play: [FIRST, entry({ type: 'limit', referencePrice: 1001 }), bar(1, 999)],
    says: ["A accepted 5'", "A buy 10@1001 5'"],
  },
  {
    rule: 'a limit order lives until its expiry, and has its chance in the bar that ends there',
    play: [
      FIRST,
      entry({ type: 'limit', referencePrice: 998, expiresAt: minute(15) }),
      bar(1, 1000),
      bar(2, '1000 1001 996 1000'),
    ],
    says: ["A accepted 5'", "A buy 10@998 15'"],
  },
  {
    rule: 'a limit order that expired during a break has no chance after it',
    play: [FIRST, entry({ type: 'limit', referencePrice: 998 }), bar(AFTER_BREAK, 990)],
    says: ["A accepted 5'", "A expired 4320'"],
  },
  {
    rule: 'a limit order whose only bar is missing has no chance in the next',
    play: [FIRST, entry({ type: 'limit', referencePrice: 998 }), bar(2, 990)],
    says: ["A accepted 5'", "A expired 10'"],
  },
  {
    rule: 'an entry that arrives after its expiry is expired',
    play: [FIRST, bar(1, 1000), entry()],
    says: ["A expired 10'"],
  },
  {
    rule: 'a limit order filled inside a bar is stopped by that bar',
    play: [FIRST, entry({ type: 'limit', referencePrice: 998, stopLoss: 990 }), bar(1, '1000 1001 990 1000')],
    says: ["A accepted 5'", "A buy 10@998 10'", "stop_loss sell 10@990 profit -80 10'"],
  },
  {
    rule: 'a limit order filled inside a bar does not reach its target in that bar',
    play: [
      FIRST,
      entry({ type: 'limit', referencePrice: 998, takeProfit: 1003 }),
      bar(1, '1000 1010 996 1000'),
      bar(2, '1000 1003 996 1000'),
    ],
    says: ["A accepted 5'", "A buy 10@998 10'", "take_profit sell 10@1003 profit 50 15'"],
  },
];

tellsAsWritten('market entries', ENTRIES);
tellsAsWritten('limit entries', LIMITS);
