/** docs/RISK.md tells a day from the first trade to the halt. The program must do exactly that, and every sum in it must come out. */
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/domain/events.ts';
import { formatPrice, quantityToLots } from '../../src/domain/instrument.ts';
import { symbolPolicy } from '../../src/domain/policy.ts';
import { type Money, moneyToUnits } from '../../src/domain/units.ts';
import { reckon } from './arithmetic.ts';
import { type DayResult, playTheDay, tableUnder } from './risk-day.ts';

const day = playTheDay();
const ledger = tableUnder('The day');

test('the program does what the document says, line by line', () => {
  const told = ledger.map(([time, what, , amount]) => [time, what, amount]);
  expect(linesOf(day)).toEqual(told);
  expect(told.length).toBeGreaterThan(30);
});

test('every sum comes out', () => {
  const sums = ledger.filter(([, , byHand]) => byHand !== '');
  for (const [time, what, byHand = '', amount] of sums) {
    expect(reckon(byHand), `${time} ${what}: ${byHand}`).toBeCloseTo(Number(amount), 9);
  }
  // Every line with an amount has one.
  expect(ledger.filter(([, , byHand, amount]) => (amount !== '') !== (byHand !== ''))).toEqual([]);
  expect(sums.length).toBeGreaterThan(25);
});

test('every limit of the day can be reached: none hides another', () => {
  expect(day.notes.filter((note) => note.includes('cannot act'))).toEqual([]);
});

test('it ends halted and flat, and the money is all accounted for', () => {
  const { state, events } = day;
  expect(state.causes.halted).toMatchObject({ by: 'servo', drawdown: true });
  expect(state.positions.size).toBe(0);
  const trades = events.flatMap((event) => (event.kind === 'fill_applied' && event.trade ? [event.trade] : []));
  expect(trades).toHaveLength(4);
  const earned = trades.reduce((sum, { profit }) => sum + profit, 0);
  expect(state.account.balance).toBe(10_000_000_000 + earned);
});

describe('the reckoner', () => {
  test.each<[string, number]>([
    ['2 + 3 × 4', 14],
    ['(2 + 3) × 4 - -1', 21],
    ['floor(50 ÷ 4.11)', 12],
    ['-12 ÷ 4 ÷ 3', -1],
  ])('%s is %d', (formula, expected) => {
    expect(reckon(formula)).toBe(expected);
  });

  test.each(['', '2 +', '2 3', '2 ^ 3', '(2', 'x', '1.2.3'])('"%s" is refused', (formula) => {
    expect(() => reckon(formula)).toThrow();
  });
});

/** What happened, as the document's table says it. */
function linesOf({ events, policy }: DayResult): string[][] {
  const symbolAt = new Map<string, string>();
  const reasonOf = new Map<string, string>();
  const at = (symbol: string, ticks: number) => formatPrice(symbolPolicy(policy, symbol).instrument, ticks);
  const lots = (symbol: string, steps: number) => quantityToLots(symbolPolicy(policy, symbol).instrument, steps);
  const line = (event: DomainEvent): [string, Money?][] => {
    switch (event.kind) {
      case 'decision_made': {
        const { decision } = event;
        if (decision.outcome === 'denied') {
          const failed = decision.verdicts.filter(({ passed }) => !passed).map(({ check }) => `\`${check}\``);
          return [[`${decision.symbol} refused: ${failed.join(', ')}`]];
        }
        const { symbol, quantity, stopLoss, takeProfit } = decision.intent;
        const { cappedBy, wanted, riskOfOrder } = decision.sizing;
        const cut = cappedBy === 'risk' ? '' : ` (${lots(symbol, wanted)} wanted, cut down by \`${cappedBy}\`)`;
        const levels = `stop ${at(symbol, stopLoss)}, target ${at(symbol, takeProfit)}`;
        return [[`${symbol} buy ${lots(symbol, quantity)} approved${cut}, ${levels}; at risk`, riskOfOrder]];
      }
      case 'reduce_requested':
        reasonOf.set(event.intent.orderId, event.intent.reason);
        return [];
      case 'fill_applied': {
        const { fill, cash, trade } = event;
        symbolAt.set(fill.positionId, fill.symbol);
        const what = `${fill.symbol} ${fill.effect}s ${lots(fill.symbol, fill.quantity)} at ${at(fill.symbol, fill.price)}`;
        if (fill.effect === 'open') return [[`${what}, commission`, cash]];
        const why = fill.orderId === undefined ? fill.cause : reasonOf.get(fill.orderId);
        const closed: [string, Money] = [`${what}: \`${why}\``, cash];
        return trade === undefined ? [closed] : [closed, [`${fill.symbol} trade in all`, trade.profit]];
      }
      case 'position_amended': {
        const symbol = symbolAt.get(event.positionId) ?? '';
        return [[`${symbol} stop to ${at(symbol, event.stopLoss)}${event.breakEven ? ': `break_even`' : ''}`]];
      }
      case 'equity_marked':
        return [['equity', event.equity]];
      case 'ladder_stepped':
        return [[`${event.window} \`${event.step}\`: lost of ${exact(event.limit)}`, event.loss]];
      case 'halted':
        return [[`halted: ${event.reason}`]];
      case 'flattened':
        return [['flat, by the broker’s word']];
      default:
        return [];
    }
  };
  return events.flatMap((event) =>
    line(event).map(([what, amount]) => [
      new Date(event.at).toISOString().slice(11, 16),
      what,
      amount === undefined ? '' : exact(amount),
    ]),
  );
}

/** Two digits, or three where they are needed: half a cent is not rounded away. */
const exact = (amount: Money): string => moneyToUnits(amount).toFixed(3).replace(/0$/, '');
