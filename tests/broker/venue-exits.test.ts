/** Stops, targets, and the orders that reduce. */
import { bar, cancelOf, closeOf, entry, minute, modifyOf } from './venue-fixtures.ts';
import {
  AFTER_BREAK,
  FIRST,
  INSTANT,
  LONG,
  LONG_SAYS,
  type Row,
  SHORT,
  SHORT_SAYS,
  SLIPPING,
  tellsAsWritten,
} from './venue-table.ts';

const EXITS: readonly Row[] = [
  {
    rule: 'a long is stopped when the bid comes down to its stop',
    play: [...LONG, bar(2, '1000 1001 990 1000')],
    says: [...LONG_SAYS, "stop_loss sell 10@990 profit -120 15'"],
  },
  {
    rule: 'one tick above the stop is not the stop',
    play: [...LONG, bar(2, '1000 1001 991 1000')],
    says: LONG_SAYS,
  },
  {
    rule: 'a stop slips',
    rules: SLIPPING,
    play: [...LONG, bar(2, '1000 1001 990 1000')],
    says: ["A accepted 5'", "A buy 10@1005 5'", "stop_loss sell 10@987 profit -180 15'"],
  },
  {
    rule: 'a long reaches its target when the bid does, and a target does not slip',
    rules: SLIPPING,
    play: [...LONG, bar(2, '1000 1020 999 1000')],
    says: ["A accepted 5'", "A buy 10@1005 5'", "take_profit sell 10@1020 profit 150 15'"],
  },
  {
    rule: 'an ask at a long’s target is not enough',
    play: [...LONG, bar(2, '1000 1019 999 1000')],
    says: LONG_SAYS,
  },
  {
    rule: 'the stop comes before the target when a bar holds both',
    play: [...LONG, bar(2, '1000 1030 980 1000')],
    says: [...LONG_SAYS, "stop_loss sell 10@990 profit -120 15'"],
  },
  {
    rule: 'a gap through the stop fills at the open, worse than asked',
    play: [...LONG, bar(2, 985)],
    says: [...LONG_SAYS, "stop_loss sell 10@985 profit -170 10'"],
  },
  {
    rule: 'a stop that is gapped through slips too',
    rules: SLIPPING,
    play: [...LONG, bar(2, 985)],
    says: ["A accepted 5'", "A buy 10@1005 5'", "stop_loss sell 10@982 profit -230 10'"],
  },
  {
    rule: 'a gap through the target fills at the open, better than asked',
    play: [...LONG, bar(2, 1025)],
    says: [...LONG_SAYS, "take_profit sell 10@1025 profit 230 10'"],
  },
  {
    rule: 'an open beyond the target wins over the stop later in the bar',
    play: [...LONG, bar(2, '1025 1026 980 990')],
    says: [...LONG_SAYS, "take_profit sell 10@1025 profit 230 10'"],
  },
  {
    rule: 'a short is stopped by the ask',
    play: [...SHORT, bar(2, '1000 1010 999 1000')],
    says: [...SHORT_SAYS, "stop_loss buy 10@1012 profit -120 15'"],
  },
  {
    rule: 'a short is not stopped while the ask is below its stop',
    play: [...SHORT, bar(2, '1000 1009 999 1000')],
    says: SHORT_SAYS,
  },
  {
    rule: 'a short’s stop slips upwards',
    rules: SLIPPING,
    play: [...SHORT, bar(2, '1000 1010 999 1000')],
    says: ["A accepted 5'", "A sell 10@997 5'", "stop_loss buy 10@1015 profit -180 15'"],
  },
  {
    rule: 'a short reaches its target when the ask does',
    play: [...SHORT, bar(2, '1000 1001 980 1000')],
    says: [...SHORT_SAYS, "take_profit buy 10@982 profit 180 15'"],
  },
  {
    rule: 'a bid at a short’s target is not enough',
    play: [...SHORT, bar(2, '1000 1001 981 1000')],
    says: SHORT_SAYS,
  },
  {
    rule: 'a short’s stop is gapped through at the ask of the open',
    play: [...SHORT, bar(2, 1015)],
    says: [...SHORT_SAYS, "stop_loss buy 10@1017 profit -170 10'"],
  },
  {
    rule: 'a position is stopped in the bar it was opened at the open of',
    play: [FIRST, entry(), bar(1, '1000 1001 985 1000')],
    says: [...LONG_SAYS, "stop_loss sell 10@990 profit -120 10'"],
  },
  {
    rule: 'a position reaches its target in the bar it was opened at the open of',
    play: [FIRST, entry(), bar(1, '1000 1020 995 1000')],
    says: [...LONG_SAYS, "take_profit sell 10@1020 profit 180 10'"],
  },
];

const REDUCTIONS: readonly Row[] = [
  {
    rule: 'a close fills at the next open, with slippage',
    rules: SLIPPING,
    play: [...LONG, closeOf('C', 'A', 10), bar(2, 1004)],
    says: ["A accepted 5'", "A buy 10@1005 5'", "C accepted 10'", "C sell 10@1001 profit -40 10'"],
  },
  {
    rule: 'a short is closed at the ask',
    play: [...SHORT, closeOf('C', 'A', 10), bar(2, 996)],
    says: [...SHORT_SAYS, "C accepted 10'", "C buy 10@998 profit 20 10'"],
  },
  {
    rule: 'without latency a close fills at once',
    rules: INSTANT,
    play: [FIRST, entry(), bar(1, 1004), closeOf('C', 'A', 10)],
    says: ["A buy 10@1002 5'", "C sell 10@1004 profit 20 10'"],
  },
  {
    rule: 'without latency and without a quote of its moment, a close waits for the next open',
    rules: INSTANT,
    play: [FIRST, entry(), closeOf('C', 'A', 10), bar(2, 1004)],
    says: ["A buy 10@1002 5'", "C accepted 10'", "C sell 10@1004 profit 20 10'"],
  },
  {
    rule: 'a close survives any break',
    play: [...LONG, closeOf('C', 'A', 10), bar(AFTER_BREAK, 1004)],
    says: [...LONG_SAYS, "C accepted 10'", "C sell 10@1004 profit 20 4320'"],
  },
  {
    rule: 'a part closes, the rest stays and can be closed though it is below the least that can be opened',
    play: [...LONG, closeOf('C', 'A', 9), bar(2, 1004), closeOf('D', 'A', 1, minute(15)), bar(3, 1004)],
    says: [
      ...LONG_SAYS,
      "C accepted 10'",
      "C sell 9@1004 profit 18 10'",
      "D accepted 15'",
      "D sell 1@1004 profit 2 15'",
    ],
  },
  {
    rule: 'no more can be closed than is open',
    play: [...LONG, closeOf('C', 'A', 11)],
    says: [...LONG_SAYS, "C rejected invalid_volume 10'"],
  },
  {
    rule: 'working closes claim their volume',
    play: [
      ...LONG,
      closeOf('C', 'A', 6),
      closeOf('D', 'A', 5),
      closeOf('E', 'A', 4),
      closeOf('F', 'A', 1),
      bar(2, 1000),
    ],
    says: [
      ...LONG_SAYS,
      "C accepted 10'",
      "D rejected invalid_volume 10'",
      "E accepted 10'",
      "F rejected invalid_volume 10'",
      "C sell 6@1000 profit -12 10'",
      "E sell 4@1000 profit -8 10'",
    ],
  },
  {
    rule: 'nothing cannot be closed',
    play: [...LONG, closeOf('C', 'A', 0)],
    says: [...LONG_SAYS, "C rejected invalid_volume 10'"],
  },
  {
    rule: 'a position that is gone cannot be closed',
    play: [FIRST, closeOf('C', 'A', 10)],
    says: ["C rejected position_gone 10'"],
  },
  {
    rule: 'a position cannot be closed in the name of another symbol',
    rules: { others: [{ symbol: 'BANK' }] },
    play: [...LONG, closeOf('C', 'A', 10, minute(10), 'BANK')],
    says: [...LONG_SAYS, "C rejected position_gone 10'"],
  },
  {
    rule: 'a stop that the gap hits first ends the close that waited',
    play: [...LONG, closeOf('C', 'A', 10), bar(2, 985)],
    says: [...LONG_SAYS, "C accepted 10'", "stop_loss sell 10@985 profit -170 10'", "C rejected position_gone 10'"],
  },
  {
    rule: 'stop and target move at once',
    play: [...LONG, modifyOf('M', 'A', 995, 1010), bar(2, '1000 1001 994 1000')],
    says: [...LONG_SAYS, "M amended 995/1010 10'", "stop_loss sell 10@995 profit -70 15'"],
  },
  {
    rule: 'a long’s stop must stay below the bid',
    play: [...LONG, modifyOf('M', 'A', 1000, 1020)],
    says: [...LONG_SAYS, "M rejected invalid_stops 10'"],
  },
  {
    rule: 'a short’s stop must stay above the ask',
    play: [...SHORT, modifyOf('M', 'A', 1002, 982)],
    says: [...SHORT_SAYS, "M rejected invalid_stops 10'"],
  },
  {
    rule: 'a stop may not come nearer than the instrument allows',
    rules: { coin: { stopDistanceMin: 5 } },
    play: [...LONG, modifyOf('M', 'A', 996, 1020), modifyOf('N', 'A', 995, 1020)],
    says: [...LONG_SAYS, "M rejected invalid_stops 10'", "N amended 995/1020 10'"],
  },
  {
    rule: 'near its stop or its target a position keeps its levels',
    rules: { coin: { freezeDistance: 5 } },
    // The stop lies at 990, the target at 1020: the price must be more than five ticks from both.
    play: [
      FIRST,
      entry(),
      bar(1, '1000 1000 995 995'),
      modifyOf('M', 'A', 985, 1020),
      bar(2, '995 1015 995 1015'),
      modifyOf('N', 'A', 995, 1020, minute(15)),
      bar(3, '1015 1015 1014 1014'),
      modifyOf('O', 'A', 995, 1020, minute(20)),
    ],
    says: [...LONG_SAYS, "M rejected frozen 10'", "N rejected frozen 15'", "O amended 995/1020 20'"],
  },
  {
    rule: 'a target that stays where it is is not judged again',
    rules: { coin: { stopDistanceMin: 5 } },
    play: [FIRST, entry(), bar(1, '1000 1018 1000 1018'), modifyOf('M', 'A', 1010, 1020)],
    says: [...LONG_SAYS, "M amended 1010/1020 10'"],
  },
  {
    rule: 'a modify needs the quote of its own moment',
    play: [...LONG, modifyOf('M', 'A', 995, 1020, minute(15))],
    says: [...LONG_SAYS, "M rejected off_quotes 15'"],
  },
  {
    rule: 'a position that is gone cannot be modified',
    play: [FIRST, modifyOf('M', 'A', 995, 1020)],
    says: ["M rejected position_gone 10'"],
  },
  {
    rule: 'a working entry is cancelled in the name of who asked',
    play: [FIRST, entry(), cancelOf('X', 'A'), bar(1, 1000)],
    says: ["A accepted 5'", "A cancelled by X 5'"],
  },
  {
    rule: 'what does not work any more cannot be cancelled',
    play: [...LONG, cancelOf('X', 'A', minute(10))],
    says: [...LONG_SAYS, "X rejected order_gone 10'"],
  },
  {
    rule: 'a close cannot be cancelled',
    play: [...LONG, closeOf('C', 'A', 10), cancelOf('X', 'C', minute(10))],
    says: [...LONG_SAYS, "C accepted 10'", "X rejected order_gone 10'"],
  },
];

tellsAsWritten('stops and targets', EXITS);
tellsAsWritten('reductions', REDUCTIONS);
