/** What holds in every market and for every order, sensible or not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PaperVenue } from '../../src/broker/paper/venue.ts';
import type { VenueSnapshot } from '../../src/broker/paper/venue-snapshot.ts';
import {
  type BrokerReport,
  isTerminal,
  nextOrderStatus,
  type OrderEventKind,
  type OrderStatus,
} from '../../src/domain/order.ts';
import { type Position, settleClosing, settleOpening, type Trade } from '../../src/domain/position.ts';
import { addMoney, type Money, money, type UnixMs } from '../../src/domain/units.ts';
import { play, type Step, type World, worlds } from './random-market.ts';
import { BAR_MS, bar, closeOf, entry, minute, OPENING, venueRules } from './venue-fixtures.ts';

const RUNS = { numRuns: 300, seed: 20_240_108 };

/** A trader's own account, kept from the reports alone. */
class Account {
  balance: Money = OPENING;
  readonly positions = new Map<string, Position>();
  readonly trades: Trade[] = [];

  read(report: BrokerReport): void {
    if (report.kind === 'amended') {
      const { positionId, stopLoss, takeProfit } = report;
      this.positions.set(positionId, { ...this.positions.get(positionId)!, stopLoss, takeProfit });
    }
    if (report.kind === 'swap') {
      const { swap, realised, ...rest } = this.positions.get(report.positionId)!;
      const charged = { swap: addMoney(swap, report.amount), realised: addMoney(realised, report.amount) };
      this.positions.set(report.positionId, { ...rest, ...charged });
      this.balance = addMoney(this.balance, report.amount);
    }
    if (report.kind !== 'filled') return;
    const { fill } = report;
    const before = this.positions.get(fill.positionId);
    const context = { decisionId: '', regime: 'unknown', riskOfFill: money(0) } as const;
    const { position, trade, cash } =
      fill.effect === 'open' ? settleOpening(before, fill, context) : settleClosing(before!, fill, 'external');
    if (position === undefined) this.positions.delete(fill.positionId);
    else this.positions.set(fill.positionId, position);
    if (trade !== undefined) this.trades.push(trade);
    this.balance = addMoney(this.balance, cash);
  }
}

/** What the reports do to orders, by the servo's own table: an impossible change throws. */
function statusesAfter(reports: readonly BrokerReport[]): Map<string, OrderStatus> {
  const statuses = new Map<string, OrderStatus>();
  const change = (orderId: string | undefined, event: OrderEventKind) => {
    if (orderId !== undefined)
      statuses.set(orderId, nextOrderStatus(orderId, statuses.get(orderId) ?? 'sending', event));
  };
  for (const report of reports) {
    if (report.kind === 'accepted') change(report.orderId, 'accept');
    if (report.kind === 'rejected') change(report.orderId, 'reject');
    if (report.kind === 'expired') change(report.orderId, 'expire');
    if (report.kind === 'amended') change(report.orderId, 'complete');
    if (report.kind === 'filled') change(report.fill.orderId, report.orderDone ? 'fill' : 'partial_fill');
    if (report.kind === 'cancelled') change(report.orderId, 'cancel');
    if (report.kind === 'cancelled') change(report.cancelledBy, 'complete');
  }
  return statuses;
}

/** Closes everything and shows one more bar of each symbol: afterwards nothing is open. */
function flatten(venue: PaperVenue, { steps }: World): void {
  const last = Math.max(
    ...steps.flatMap(({ bars, orders }) => [...bars.map((b) => b.closeAt), ...orders.map((o) => o.intent.decidedAt)]),
    minute(0),
  );
  for (const { positionId, symbol } of venue.holdings().positions) {
    const working = venue
      .snapshot()
      .book.working.filter((intent) => intent.kind === 'close' && intent.positionId === positionId);
    const open = venue.holdings().positions.find((position) => position.positionId === positionId)!.quantity;
    const left = working.reduce((rest, intent) => rest - intent.quantity, open as number);
    if (left > 0)
      venue.submit(closeOf(`flat-${positionId}`, positionId.slice(2), left, last as UnixMs, symbol), last as UnixMs);
  }
  const next = Math.ceil((last - minute(0)) / BAR_MS);
  const at1000 = ['COIN', 'BANK', 'PAIR'].map((symbol) => bar(next + 5_000, 1000, { symbol }));
  venue.onBars(at1000);
}

describe('paper venue, in any market', () => {
  it('conserves cash: what the reports say is what the account holds, and flat equity is the opening plus the trades', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const account = new Account();
        const { venue, reports } = play(world, new PaperVenue(world.rules, OPENING));
        for (const report of reports) account.read(report);
        const { balance } = venue.holdings();
        const positions = venue.snapshot().book.holdings.map(({ position }) => position);
        expect(account.balance).toBe(balance);
        const held = (all: Iterable<Position>) =>
          [...all].map(
            ({ positionId, side, quantity, entryPrice, stopLoss, takeProfit, realised, swap, openedAt }) => ({
              positionId,
              side,
              quantity,
              entryPrice,
              stopLoss,
              takeProfit,
              realised,
              swap,
              openedAt,
            }),
          );
        expect(held(account.positions.values())).toEqual(held(positions));

        flatten(venue, world);
        for (const report of venue.reportsAfter(reports.at(-1)?.sequence ?? 0)) account.read(report);
        expect(venue.holdings().positions).toEqual([]);
        expect(venue.holdings().balance).toBe(
          account.trades.reduce((sum, { profit }) => addMoney(sum, profit), OPENING),
        );
      }),
      RUNS,
    );
  });

  it('tells of every order a story that the order table allows, and ends each that does not work', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { venue, reports } = play(world, new PaperVenue(world.rules, OPENING));
        const working = new Set(venue.snapshot().book.working.map(({ orderId }) => orderId));
        const statuses = statusesAfter(reports);
        for (const { orderId } of world.steps.flatMap(({ orders }) => orders.map(({ intent }) => intent))) {
          expect(isTerminal(statuses.get(orderId)!)).toBe(!working.has(orderId));
        }
        expect(reports.map(({ sequence }) => sequence)).toEqual(reports.map((_, i) => i + 1));
        const deals = reports.flatMap((report) => (report.kind === 'filled' ? [report.fill.dealId] : []));
        expect(new Set(deals).size).toBe(deals.length);
      }),
      RUNS,
    );
  });

  it('fills nothing at a better price than the bar had, and says nothing of the past or the future', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const { spread, slippage } = world.rules.symbols.get('COIN')!;
        const lastBar = new Map<string, Step['bars'][number]>();
        const venue = new PaperVenue(world.rules, OPENING);
        let cursor = 0;
        for (const step of world.steps) {
          for (const each of step.bars) lastBar.set(each.symbol, each);
          venue.onBars(step.bars);
          for (const order of step.orders) venue.submit(order, order.intent.decidedAt);
          for (const report of venue.reportsAfter(cursor)) {
            cursor = report.sequence;
            if (report.kind !== 'filled') continue;
            const { symbol, side, price, cause, at } = report.fill;
            const { low, high, openAt, closeAt, ...seen } = lastBar.get(symbol)!;
            const wide = spread === 'feed' ? seen.spread : spread;
            const slip = cause === 'take_profit' ? 0 : slippage;
            expect(price).toBeGreaterThanOrEqual(side === 'buy' ? low + wide : low - slip);
            expect(price).toBeLessThanOrEqual(side === 'buy' ? high + wide + slip : high);
            expect([openAt, closeAt]).toContain(at);
          }
        }
      }),
      RUNS,
    );
  });

  it('is the same after a restart at any point, with the last bars and orders sent again', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const straight = play(world, new PaperVenue(world.rules, OPENING));
        const sent: Step['orders'][number][] = [];
        const restarted = play(world, new PaperVenue(world.rules, OPENING), (venue, step) => {
          const written = JSON.stringify(venue.snapshot());
          const again = PaperVenue.restore(world.rules, JSON.parse(written) as VenueSnapshot);
          expect(JSON.stringify(again.snapshot())).toBe(written);
          again.onBars(step.bars);
          for (const order of sent) again.submit(order, order.intent.decidedAt);
          sent.push(...step.orders.filter(({ intent }) => again.statusOf(intent.orderId).kind === 'reports').slice(-2));
          return again;
        });
        expect(restarted.reports).toEqual(straight.reports);
        expect(restarted.venue.holdings()).toEqual(straight.venue.holdings());
      }),
      { ...RUNS, numRuns: 100 },
    );
  });

  it('does not care how bars are delivered: one by one, all at once, in any order', () => {
    fc.assert(
      fc.property(worlds, fc.nat(), (world, seed) => {
        const [first, ...later] = world.steps;
        const orders = world.steps.flatMap(({ orders: all }) => all).slice(0, 6);
        const run = (deliver: (venue: PaperVenue) => void) => {
          const venue = new PaperVenue(world.rules, OPENING);
          venue.onBars(first!.bars);
          for (const order of orders) venue.submit(order, minute(5));
          deliver(venue);
          return venue.reportsAfter(0);
        };
        const bars = later.flatMap((step) => step.bars);
        const mixed = bars.map((each, i) => ({ each, at: (i * 7919 + seed) % 104_729 })).sort((a, b) => a.at - b.at);
        const oneByOne = run((venue) => later.forEach((step) => void venue.onBars(step.bars)));
        expect(run((venue) => venue.onBars(bars))).toEqual(oneByOne);
        expect(run((venue) => venue.onBars(mixed.map(({ each }) => each)))).toEqual(oneByOne);
      }),
      { ...RUNS, numRuns: 100 },
    );
  });

  it('lets chance treat an order alike whatever arrives before it', () => {
    const rules = venueRules({ rejectionProbability: 0.3, partialFillProbability: 0.5, latencyMs: 0 });
    const orders = Array.from({ length: 40 }, (_, i) => entry({ orderId: `O${i}`, quantity: 20 }));
    const fates = (sequence: typeof orders) => {
      const venue = new PaperVenue(rules, OPENING);
      venue.onBars([bar(0, 1000)]);
      const said = sequence.map((order) => {
        const [report] = venue.submit(order, minute(5));
        return [order.intent.orderId, report?.kind === 'filled' ? report.fill.quantity : report?.kind] as const;
      });
      return new Map(said);
    };
    const forwards = fates(orders);
    expect(fates(orders.toReversed())).toEqual(new Map([...forwards].toReversed()));
    const kinds = [...forwards.values()];
    expect(kinds).toContain('rejected');
    expect(kinds).toContain(20);
    expect(kinds.some((fate) => typeof fate === 'number' && fate < 20)).toBe(true);
  });

  it('met everything it can say in these worlds', () => {
    const said = new Map<string, number>();
    const count = (word: string) => said.set(word, (said.get(word) ?? 0) + 1);
    fc.assert(
      fc.property(worlds, (world) => {
        for (const report of play(world, new PaperVenue(world.rules, OPENING)).reports) {
          count(report.kind);
          if (report.kind === 'rejected') count(report.code);
          if (report.kind === 'filled') count(`${report.fill.effect} ${report.fill.cause}`);
          if (report.kind === 'filled' && !report.orderDone) count('partly');
          if (report.kind === 'cancelled')
            count(report.cancelledBy === undefined ? 'rest cancelled' : 'cancelled by order');
        }
      }),
      RUNS,
    );
    for (const word of [
      'accepted',
      'expired',
      'amended',
      'swap',
      'partly',
      'rest cancelled',
      'cancelled by order',
      'open order',
      'close order',
      'close stop_loss',
      'close take_profit',
      'requote',
      'off_quotes',
      'rejected',
      'market_closed',
      'no_money',
      'invalid_volume',
      'invalid_stops',
      'position_gone',
      'order_gone',
    ]) {
      expect(said.get(word) ?? 0, word).toBeGreaterThanOrEqual(10);
    }
  });
});
