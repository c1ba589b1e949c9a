/** A tiny venue with a wire in between: what truly became of every order, what of it the servo has been told, and so what its book must say. */
import fc from 'fast-check';
import { requestCancel, requestClose, requestStop, unclaimed } from '../../src/domain/management/requests.ts';
import {
  type BrokerReport,
  type Fill,
  isInFlight,
  isTerminal,
  type OpenIntent,
  type Order,
  type OrderStatus,
  opposite,
  type RejectCode,
  type Side,
} from '../../src/domain/order.ts';
import type { Position } from '../../src/domain/position.ts';
import { restoreState, snapshotState } from '../../src/domain/snapshot.ts';
import { money, price, quantity, unixMs } from '../../src/domain/units.ts';
import { fillWith, NOON, openIntentWith, policyWith, usd } from './builders.ts';
import type { World } from './world.ts';

export const BUSY = policyWith({ limits: { maxDailyTrades: 1_000_000 }, order: { retryAttempts: 0 } });

/** What the servo's book must say of one order: the last word that it has been told. */
export interface Expected {
  readonly intent: Order['intent'];
  readonly ordered: number;
  status: OrderStatus;
  filled: number;
  sent?: { readonly epoch: number; readonly sequence: number };
}

/** At the venue. `cancelled` may still tell of a fill that was faster than the cancel. */
interface Truth {
  state: 'on_the_way' | 'working' | 'cancelled' | 'over';
  rest: number;
}

type Draft = BrokerReport extends infer R ? (R extends unknown ? Omit<R, 'sequence' | 'at'> : never) : never;

export class Venue {
  readonly expected = new Map<string, Expected>();
  readonly truth = new Map<string, Truth>();
  /** Open at the venue, by position. */
  readonly held = new Map<string, { symbol: string; side: Side; open: number }>();
  /** All it ever said, in sequence from 1. */
  readonly log: BrokerReport[] = [];
  /** What the servo has been told of positions and money. */
  readonly known = new Map<string, number>();
  balance: number = usd(10_000);
  told = 0;
  epoch = 0;
  sent = 0;
  clock = NOON;
  /** In which status an order has ended. */
  readonly ended = new Map<string, OrderStatus>();

  say(draft: Draft): void {
    this.log.push({ ...draft, sequence: this.log.length + 1, at: unixMs(NOON) } as BrokerReport);
  }

  order(orderId: string): Expected {
    const found = this.expected.get(orderId);
    if (found === undefined) throw new Error(`the model knows no ${orderId}`);
    return found;
  }

  /** Tells the reports of `log` from one index to another; those told already must change nothing. */
  tell(world: World, from: number, to: number, fresh = false): void {
    world.settle(this.log.slice(from, to), fresh);
    for (const report of this.log.slice(this.told, to)) this.#hear(report);
    this.told = Math.max(this.told, Math.min(to, this.log.length));
  }

  #hear(report: BrokerReport): void {
    switch (report.kind) {
      case 'accepted':
      case 'rejected':
      case 'expired':
        this.order(report.orderId).status = report.kind;
        return;
      case 'cancelled':
        this.order(report.orderId).status = 'cancelled';
        if (report.cancelledBy !== undefined) this.order(report.cancelledBy).status = 'completed';
        return;
      case 'amended':
        if (report.orderId !== undefined) this.order(report.orderId).status = 'completed';
        return;
      case 'filled':
        this.#hearFill(report.fill, report.orderDone);
    }
  }

  #hearFill({ orderId, positionId, effect, quantity: steps, profit, commission }: Fill, orderDone: boolean): void {
    this.balance += profit + commission;
    const before = this.known.get(positionId) ?? 0;
    this.known.set(positionId, before + (effect === 'open' ? steps : -steps));
    if (orderId === undefined) return;
    const order = this.order(orderId);
    order.filled += steps;
    if (orderDone) order.status = 'filled';
    else if (order.status !== 'cancelled') order.status = 'partially_filled';
  }

  /** A part of an entry or a close is executed, as far as there is something left to close. */
  execute(orderId: string, wanted: number): void {
    const truth = this.#truthOf(orderId);
    const { intent } = this.order(orderId);
    if (intent.kind !== 'open' && intent.kind !== 'close') throw new Error(`${orderId} trades nothing`);
    const opens = intent.kind === 'open';
    const positionId = opens ? `P-${orderId}` : intent.positionId;
    const position = this.held.get(positionId) ?? { symbol: intent.symbol, side: opens ? intent.side : 'buy', open: 0 };
    const steps = Math.min(1 + (wanted % truth.rest), opens ? truth.rest : position.open);
    if (steps === 0) {
      this.end(orderId, 'position_gone');
      return;
    }
    truth.rest -= steps;
    if (truth.rest === 0) truth.state = 'over';
    else if (truth.state !== 'cancelled') truth.state = 'working';
    this.held.set(positionId, { ...position, open: position.open + (opens ? steps : -steps) });
    const { side } = position;
    const how = opens ? { effect: 'open', side } : { effect: 'close', side: opposite(side) };
    this.#sayFill(
      { orderId, positionId, symbol: intent.symbol, cause: 'order', ...how } as Partial<Fill>,
      steps,
      truth,
    );
  }

  /** Refused where nothing of it was filled, else its rest is cancelled. */
  end(orderId: string, code?: RejectCode): void {
    const truth = this.#truthOf(orderId);
    if (code !== undefined && truth.rest === this.order(orderId).ordered) {
      truth.state = 'over';
      this.say({ kind: 'rejected', orderId, code, text: 'no' });
    } else {
      truth.state = 'cancelled';
      this.say({ kind: 'cancelled', orderId });
    }
  }

  hitStop(positionId: string): void {
    const position = this.held.get(positionId);
    if (position === undefined) throw new Error(`no ${positionId}`);
    const { symbol, side, open } = position;
    this.held.set(positionId, { ...position, open: 0 });
    this.#sayFill({ positionId, symbol, effect: 'close', cause: 'stop_loss', side: opposite(side) }, open);
  }

  #sayFill(change: Partial<Fill>, steps: number, truth?: Truth): void {
    const at = this.log.length;
    const profit = change.effect === 'open' ? 0 : ((at * 7919) % 4001) - 2000;
    const fill = fillWith({
      ...change,
      dealId: `deal-${at}`,
      quantity: quantity(steps),
      price: price(PRICES[change.symbol ?? ''] ?? Number.NaN),
      profit: money(profit),
      commission: money(-steps * 35),
    });
    this.say({ kind: 'filled', fill, orderDone: truth === undefined || truth.rest === 0 });
  }

  #truthOf(orderId: string): Truth {
    const found = this.truth.get(orderId);
    if (found === undefined) throw new Error(`the venue knows no ${orderId}`);
    return found;
  }
}

const PRICES: Readonly<Record<string, number>> = { EURUSD: 110_000, GBPUSD: 125_000, USDJPY: 150_000 };

class Command implements fc.Command<Venue, World> {
  readonly #words: string;
  readonly #draw: number;
  readonly #rule: Rule;
  readonly #compare: Compare;

  constructor(name: string, draw: number, rule: Rule, compare: Compare) {
    this.#words = `${name}(${draw})`;
    this.#draw = draw;
    this.#rule = rule;
    this.#compare = compare;
  }

  check(venue: Readonly<Venue>): boolean {
    return this.#rule.among(venue).length > 0;
  }

  run(venue: Venue, world: World): void {
    const choices = this.#rule.among(venue);
    const chosen = choices[this.#draw % choices.length] ?? '';
    this.#rule.act(chosen, this.#draw, venue, world);
    this.#compare(venue, world);
  }

  toString(): string {
    return this.#words;
  }
}

export type Compare = (venue: Venue, world: World) => void;

/** One thing that may happen: to which of what there is, and what it does to the venue and to the servo. */
interface Rule {
  readonly among: (venue: Readonly<Venue>) => readonly string[];
  readonly act: (chosen: string, draw: number, venue: Venue, world: World) => void;
}

const always = () => [''];
const kindOf = (venue: Readonly<Venue>, orderId: string) => venue.expected.get(orderId)?.intent.kind;
/** Of orders at the venue. */
const inTruth =
  (states: readonly Truth['state'][], kinds: readonly Order['intent']['kind'][]) => (venue: Readonly<Venue>) =>
    [...venue.truth].flatMap(([orderId, { state }]) => {
      const kind = kindOf(venue, orderId);
      return states.includes(state) && kind !== undefined && kinds.includes(kind) ? [orderId] : [];
    });
/** Of orders as the servo knows them. */
const inBook = (fits: (order: Expected) => boolean) => (venue: Readonly<Venue>) =>
  [...venue.expected].flatMap(([orderId, order]) => (fits(order) ? [orderId] : []));
const knownPositions = (venue: Readonly<Venue>) => [...venue.known].flatMap(([id, open]) => (open > 0 ? [id] : []));

function positionIn(world: World, positionId: string): Position {
  const found = world.state.positions.get(positionId);
  if (found === undefined) throw new Error(`the servo does not know ${positionId}`);
  return found;
}

/** What `ask` asked for, if anything, is waiting from now on. */
function expectRequested(venue: Venue, world: World, ask: () => void): void {
  for (const event of world.during(ask)) {
    if (event.kind !== 'reduce_requested') throw new Error(`a request became ${event.kind}`);
    const { intent } = event;
    const ordered = intent.kind === 'close' ? intent.quantity : 0;
    venue.expected.set(intent.orderId, { intent, ordered, status: 'authorised', filled: 0 });
  }
}

/** What the shell says when it has asked for an order and the fence keeps it from ever arriving. */
function neverSeen(orderId: string, venue: Venue, world: World): void {
  venue.truth.delete(orderId);
  venue.order(orderId).status = 'expired';
  world.emit({ kind: 'order_changed', at: world.now, orderId, change: 'expire', detail: 'never seen' });
}

function decide(symbol: string, draw: number, venue: Venue, world: World): void {
  venue.clock += 1;
  const sign = draw % 2 === 0 ? 1 : -1;
  const at = PRICES[symbol] ?? Number.NaN;
  const intent: OpenIntent = openIntentWith({
    symbol,
    orderId: `E${venue.clock - NOON}`,
    decisionId: `D${venue.clock - NOON}`,
    side: sign === 1 ? 'buy' : 'sell',
    quantity: quantity(1 + (draw % 30)),
    referencePrice: price(at),
    stopLoss: price(at - sign * 200),
    takeProfit: price(at + sign * 300),
    // A bar is entered once: each is another's.
    decidedAt: unixMs(venue.clock),
    expiresAt: unixMs(NOON + 86_400_000),
  });
  const { orderId, decisionId, quantity: steps } = intent;
  const sizing = {
    quantity: steps,
    cappedBy: 'risk',
    wanted: steps,
    riskPerStep: usd(2),
    riskOfOrder: usd(2),
  } as const;
  const base = { decisionId, symbol, barClosedAt: world.now, attempt: 1, verdicts: [], sizing };
  world.emit({ kind: 'decision_made', at: world.now, decision: { ...base, outcome: 'approved', intent } });
  venue.expected.set(orderId, { intent, ordered: steps, status: 'authorised', filled: 0 });
}

/** Of reductions the model knows what may leave; an entry is the gate's to judge. */
function send(draw: number, venue: Venue, world: World): void {
  const scope = draw % 4 === 0 ? 'reductions' : 'all';
  const waiting = [...venue.expected.values()].filter(({ status }) => status === 'authorised');
  const sent = new Set(world.send(scope).map(({ intent }) => intent.orderId));
  for (const order of waiting) {
    const { intent, ordered } = order;
    const { orderId } = intent;
    if (scope === 'reductions' && intent.kind === 'open') continue;
    const open = 'positionId' in intent ? (venue.known.get(intent.positionId) ?? 0) : Number.NaN;
    const fits = { open: sent.has(orderId), cancel: true, modify: open > 0, close: open >= ordered && open > 0 };
    if (!fits[intent.kind]) {
      order.status = 'denied';
      continue;
    }
    venue.sent += 1;
    order.status = 'sending';
    order.sent = { epoch: venue.epoch, sequence: venue.sent };
    venue.truth.set(orderId, { state: 'on_the_way', rest: ordered });
  }
}

/** A cancel or a new stop arrives. */
function obey(orderId: string, venue: Venue): void {
  venue.truth.set(orderId, { state: 'over', rest: 0 });
  const { intent } = venue.order(orderId);
  if (intent.kind === 'modify' && (venue.held.get(intent.positionId)?.open ?? 0) > 0) {
    const { positionId, stopLoss, takeProfit } = intent;
    venue.say({ kind: 'amended', orderId, positionId, stopLoss, takeProfit });
    return;
  }
  const target = intent.kind === 'cancel' ? venue.truth.get(intent.cancelOrderId) : undefined;
  if (intent.kind === 'cancel' && target?.state === 'working') {
    target.state = 'cancelled';
    venue.say({ kind: 'cancelled', orderId: intent.cancelOrderId, cancelledBy: orderId });
    return;
  }
  venue.say({ kind: 'rejected', orderId, code: 'order_gone', text: 'nothing there' });
}

const RULES: Readonly<Record<string, Rule>> = {
  decide: { among: () => Object.keys(PRICES), act: decide },
  drop: {
    among: inBook(({ status, intent }) => status === 'authorised' && intent.kind === 'open'),
    act: (orderId, draw, venue, world) => {
      const [change, status] = draw % 2 === 0 ? (['cancel', 'cancelled'] as const) : (['expire', 'expired'] as const);
      world.emit({ kind: 'order_changed', at: world.now, orderId, change });
      venue.order(orderId).status = status;
    },
  },
  askToClose: {
    among: knownPositions,
    act: (positionId, draw, venue, world) => {
      const position = positionIn(world, positionId);
      const left = unclaimed(world.state, position);
      // What is on its way to be closed already is not asked for again.
      const claims = [...venue.expected.values()].flatMap(({ intent, status, ordered, filled }) =>
        intent.kind === 'close' && intent.positionId === positionId && !isTerminal(status) ? [ordered - filled] : [],
      );
      const claimed = claims.reduce((sum, steps) => sum + steps, 0);
      if (left !== Math.max(0, position.quantity - claimed)) throw new Error(`${left} unclaimed, ${claimed} claimed`);
      if (left === 0) return;
      const steps = quantity(1 + (draw % left));
      const ask = () => requestClose(world.state, position, steps, 'flatten', world.now, world.emit, { again: true });
      expectRequested(venue, world, ask);
    },
  },
  askForStop: {
    among: knownPositions,
    act: (positionId, draw, venue, world) => {
      const position = positionIn(world, positionId);
      const at = unixMs(NOON + draw);
      const ask = () => requestStop(world.state, position, price(109_000 + draw), 'trailing_stop', at, world.emit);
      expectRequested(venue, world, ask);
    },
  },
  askToCancel: {
    among: inBook(({ status, intent }) => isInFlight(status) && intent.kind === 'open'),
    act: (orderId, _, venue, world) => {
      const { intent } = venue.order(orderId);
      expectRequested(venue, world, () => requestCancel(world.state, intent, 'halt', world.now, world.emit, true));
    },
  },
  send: { among: always, act: (_, draw, venue, world) => send(draw, venue, world) },
  accept: {
    among: inTruth(['on_the_way'], ['open', 'close']),
    act: (orderId, _, venue) => {
      venue.truth.set(orderId, { state: 'working', rest: venue.order(orderId).ordered });
      venue.say({ kind: 'accepted', orderId, venueOrderId: `V-${orderId}` });
    },
  },
  execute: {
    among: inTruth(['on_the_way', 'working'], ['open', 'close']),
    act: (orderId, draw, venue) => venue.execute(orderId, draw),
  },
  executeLate: { among: inTruth(['cancelled'], ['open']), act: (orderId, draw, venue) => venue.execute(orderId, draw) },
  obey: { among: inTruth(['on_the_way'], ['cancel', 'modify']), act: (orderId, _, venue) => obey(orderId, venue) },
  end: {
    among: inTruth(['on_the_way', 'working'], ['open', 'close']),
    act: (orderId, draw, venue) => venue.end(orderId, draw % 2 === 0 ? 'requote' : undefined),
  },
  expire: {
    among: inTruth(['on_the_way', 'working'], ['open', 'close']),
    act: (orderId, _, venue) => {
      venue.truth.set(orderId, { state: 'over', rest: 0 });
      venue.say({ kind: 'expired', orderId });
    },
  },
  hitStop: {
    among: ({ held }) => [...held].flatMap(([id, { open }]) => (open > 0 ? [id] : [])),
    act: (positionId, _, venue) => venue.hitStop(positionId),
  },
  lose: {
    among: inBook(({ status }) => isInFlight(status)),
    act: (orderId, _, venue, world) => {
      world.settle([{ kind: 'lost', sequence: 0, at: world.now, orderId, text: 'no answer' }]);
      venue.order(orderId).status = 'unknown';
    },
  },
  fence: {
    among: always,
    act: (_, __, venue, world) => {
      venue.epoch += 1;
      const orderIds = [...venue.truth].flatMap(([orderId, { state }]) => (state === 'on_the_way' ? [orderId] : []));
      world.emit({ kind: 'fenced', at: world.now, epoch: venue.epoch, orderIds });
      for (const orderId of orderIds) neverSeen(orderId, venue, world);
    },
  },
  tell: {
    among: always,
    act: (_, draw, venue, world) => venue.tell(world, venue.told, venue.told + 1 + (draw % 5), draw % 2 === 0),
  },
  tellAgain: {
    among: always,
    act: (_, draw, venue, world) => venue.tell(world, draw % (venue.told + 1), venue.told + (draw % 3)),
  },
  restart: {
    among: always,
    act: (_, __, ___, world) => {
      world.state = restoreState(BUSY, JSON.parse(JSON.stringify(snapshotState(world.state))));
    },
  },
};

/** What happens often is drawn often. */
const WEIGHTS: Readonly<Record<string, number>> = {
  decide: 3,
  send: 5,
  accept: 2,
  execute: 5,
  tell: 6,
  askToClose: 3,
  askToCancel: 2,
  obey: 3,
};

export const commandsFor = (compare: Compare) =>
  fc.commands(
    Object.entries(RULES).flatMap(([name, rule]) => {
      const command = fc.nat(999).map((draw) => new Command(name, draw, rule, compare));
      return Array.from({ length: WEIGHTS[name] ?? 1 }, () => command);
    }),
    { maxCommands: 80, size: 'max' },
  );
