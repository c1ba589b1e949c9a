/** Orders: what was decided, what became of it, and the one table of how an order may change. */
import type { Regime } from './regime.ts';
import type { Money, Price, Quantity, UnixMs } from './units.ts';

export type Side = 'buy' | 'sell';
export const opposite = (side: Side): Side => (side === 'buy' ? 'sell' : 'buy');
/** +1 for buy, −1 for sell: the sign of the position's profit when the price rises. */
export const direction = (side: Side): 1 | -1 => (side === 'buy' ? 1 : -1);

/** `stop` becomes a market order where the price goes through it, `stop_limit` a limit order, no worse than `deviation` beyond. */
export type OrderType = 'market' | 'limit' | 'stop' | 'stop_limit';
/** How long an entry works: to the next bar's close, to the end of the broker's trading day, for a time, or until it is cancelled. */
export type TimeInForce = 'bar' | 'day' | 'gtd' | 'gtc';
/** What becomes of the part that does not fill at once: cancelled, so that all or nothing fills, or left to work. A hint: not every broker offers each. */
export type Filling = 'ioc' | 'fok' | 'return';

/** Only an approved decision holds one of these: nothing else can open or enlarge a position. */
export interface OpenIntent {
  readonly kind: 'open';
  readonly orderId: string;
  readonly decisionId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly quantity: Quantity;
  readonly type: OrderType;
  /** The price the decision was made on: ask for buy, bid for sell; the limit of a limit order; where a stop entry is triggered. */
  readonly referencePrice: Price;
  /** Largest adverse distance from the reference at which a market order may still fill, and a triggered stop-limit order too. */
  readonly deviation: Price;
  readonly stopLoss: Price;
  readonly takeProfit: Price;
  readonly decidedAt: UnixMs;
  /** A market order that finds no price, or a working order that is not reached, ends here. */
  readonly expiresAt: UnixMs;
  /** It leaves before this or not at all; absent: before it expires. */
  readonly sendBy?: UnixMs;
  /** Absent: bar. */
  readonly timeInForce?: TimeInForce;
  /** Absent: ioc. */
  readonly filling?: Filling;
  /** Of the signal, where the order may outlive it. */
  readonly regime?: Regime;
  readonly attempt: number;
}

export type ReduceReason =
  | 'flatten'
  | 'halt'
  | 'daily_loss'
  | 'weekly_loss'
  | 'monthly_loss'
  | 'drawdown'
  | 'extreme_risk'
  | 'mandate'
  | 'mandate_weekend'
  | 'mandate_news'
  | 'loss_warning'
  | 'time_stop'
  | 'take_profit_ladder'
  | 'break_even'
  | 'trailing_stop'
  | 'no_stop'
  | 'slippage'
  | 'order_expired'
  | 'disarmed'
  | 'no_entries';

interface ReduceBase {
  readonly orderId: string;
  readonly decisionId: string;
  readonly symbol: string;
  readonly reason: ReduceReason;
  readonly decidedAt: UnixMs;
}

/** Reduce-only by construction: monitor and operators emit these, and execute takes them without the entry gate. */
export type ReduceIntent =
  | (ReduceBase & {
      readonly kind: 'close';
      readonly positionId: string;
      readonly quantity: Quantity;
      /** How many rungs of the profit ladder are done once it fills. */
      readonly rungs?: number;
    })
  | (ReduceBase & {
      readonly kind: 'modify';
      readonly positionId: string;
      readonly stopLoss: Price;
      readonly takeProfit: Price;
    })
  | (ReduceBase & { readonly kind: 'cancel'; readonly cancelOrderId: string });

export type OrderStatus =
  | 'authorised'
  | 'sending'
  | 'accepted'
  | 'partially_filled'
  | 'unknown'
  | 'filled'
  | 'completed'
  | 'denied'
  | 'withheld'
  | 'rejected'
  | 'cancelled'
  | 'expired';

export type OrderEventKind =
  | 'send'
  | 'deny'
  | 'withhold'
  | 'accept'
  | 'partial_fill'
  | 'fill'
  | 'complete'
  | 'reject'
  | 'cancel'
  | 'expire'
  | 'lose';

/** Every change an order may make; a missing pair is a bug and throws. */
const NEXT: Record<OrderStatus, Partial<Record<OrderEventKind, OrderStatus>>> = {
  authorised: {
    send: 'sending',
    // The limits are read again in the transaction that sends; what no longer fits is denied there.
    deny: 'denied',
    // Dry-run: the full path up to the send.
    withhold: 'withheld',
    cancel: 'cancelled',
    expire: 'expired',
  },
  sending: {
    accept: 'accepted',
    partial_fill: 'partially_filled',
    fill: 'filled',
    complete: 'completed',
    reject: 'rejected',
    cancel: 'cancelled',
    // The venue never saw it, and never will.
    expire: 'expired',
    lose: 'unknown',
  },
  unknown: {
    accept: 'accepted',
    partial_fill: 'partially_filled',
    fill: 'filled',
    complete: 'completed',
    reject: 'rejected',
    cancel: 'cancelled',
    expire: 'expired',
    lose: 'unknown',
  },
  accepted: {
    partial_fill: 'partially_filled',
    fill: 'filled',
    complete: 'completed',
    // A requote: the price had left the deviation when the order reached it.
    reject: 'rejected',
    cancel: 'cancelled',
    expire: 'expired',
    lose: 'unknown',
  },
  partially_filled: {
    partial_fill: 'partially_filled',
    fill: 'filled',
    cancel: 'cancelled',
    expire: 'expired',
    lose: 'unknown',
  },
  // It filled before it saw our cancel.
  cancelled: { fill: 'filled', partial_fill: 'cancelled' },
  filled: {},
  completed: {},
  denied: {},
  withheld: {},
  rejected: {},
  expired: {},
};

export class OrderTransitionError extends Error {
  override readonly name = 'OrderTransitionError';
}

export function nextOrderStatus(orderId: string, from: OrderStatus, event: OrderEventKind): OrderStatus {
  const to = NEXT[from][event];
  if (to === undefined) throw new OrderTransitionError(`order ${orderId}: no "${event}" from "${from}"`);
  return to;
}

export const ORDER_STATUSES = Object.keys(NEXT) as readonly OrderStatus[];
export const permittedOrderEvents = (from: OrderStatus) => Object.keys(NEXT[from]) as readonly OrderEventKind[];

const TERMINAL: ReadonlySet<OrderStatus> = new Set(
  ORDER_STATUSES.filter((status) => status === 'cancelled' || Object.keys(NEXT[status]).length === 0),
);

export const isTerminal = (status: OrderStatus): boolean => TERMINAL.has(status);

/** By when it must have left. */
export const sendByOf = ({ sendBy, expiresAt }: OpenIntent): UnixMs => sendBy ?? expiresAt;

/** Sent, and the venue may still fill it: counts as exposure. */
export const isInFlight = (status: OrderStatus): boolean =>
  status === 'sending' || status === 'accepted' || status === 'partially_filled' || status === 'unknown';

/** Under which fence, and as the how-manieth of its book, an order left: once a later epoch has connected, a venue refuses it. */
export interface Authorisation {
  readonly epoch: number;
  readonly sequence: number;
}

export interface Order {
  readonly intent: OpenIntent | ReduceIntent;
  readonly status: OrderStatus;
  readonly filled: Quantity;
  readonly venueOrderId?: string;
  /** The venue's words, or ours when denied. */
  readonly detail?: string;
  readonly changedAt: UnixMs;
  /** Since it was marked as sent. Absent in what an older servo sent. */
  readonly authorisation?: Authorisation;
  /** Trading day it was sent on: entries are counted when they are sent. */
  readonly sentOnDay?: number;
}

/** An execution at the venue. */
export interface Fill {
  /** The venue's id of the deal: a deal is applied once. */
  readonly dealId: string;
  /** Absent when the venue acted by itself: a stop or a target was hit. */
  readonly orderId?: string;
  readonly positionId: string;
  readonly symbol: string;
  readonly side: Side;
  readonly effect: 'open' | 'close';
  readonly cause: 'order' | 'stop_loss' | 'take_profit';
  readonly quantity: Quantity;
  readonly price: Price;
  /** Realised profit before commission, as the broker counts it; zero when opening. */
  readonly profit: Money;
  /** Signed: negative is a cost. */
  readonly commission: Money;
  readonly stopLoss: Price;
  readonly takeProfit: Price;
  readonly at: UnixMs;
}

/** Codes of a venue's refusal, with whether the same order may be tried again at a fresh price. */
export const REJECT_CODES = {
  requote: { retry: true },
  off_quotes: { retry: true },
  rejected: { retry: true },
  /** All or nothing, and not all was there. */
  unfilled: { retry: true },
  market_closed: { retry: false },
  no_money: { retry: false },
  invalid_volume: { retry: false },
  invalid_stops: { retry: false },
  invalid_price: { retry: false },
  frozen: { retry: false },
  position_gone: { retry: false },
  order_gone: { retry: false },
  stale_epoch: { retry: false },
} as const satisfies Record<string, { retry: boolean }>;
export type RejectCode = keyof typeof REJECT_CODES;

interface ReportBase {
  /** Rises by one a report; the servo's cursor is the last one it has applied. 0 on `lost`, which no venue has said. */
  readonly sequence: number;
  readonly at: UnixMs;
}

/** What the venue says of orders and positions. */
export type BrokerReport =
  | (ReportBase & { readonly kind: 'accepted'; readonly orderId: string; readonly venueOrderId: string })
  | (ReportBase & { readonly kind: 'filled'; readonly fill: Fill; readonly orderDone: boolean })
  | (ReportBase & {
      readonly kind: 'rejected';
      readonly orderId: string;
      readonly code: RejectCode;
      readonly text: string;
    })
  | (ReportBase & {
      readonly kind: 'cancelled';
      readonly orderId: string /** Our order that asked for it. */;
      readonly cancelledBy?: string;
    })
  | (ReportBase & { readonly kind: 'expired'; readonly orderId: string })
  | (ReportBase & {
      readonly kind: 'amended';
      /** Absent when somebody else moved the levels. */
      readonly orderId?: string;
      readonly positionId: string;
      readonly stopLoss: Price;
      readonly takeProfit: Price;
    })
  /** Money that moved without an order of ours. `capital` was paid in or out: it is neither won nor lost. */
  | (ReportBase & {
      readonly kind: 'cash';
      readonly amount: Money;
      readonly capital: boolean;
      readonly text: string;
    })
  | (ReportBase & { readonly kind: 'swap'; readonly positionId: string; readonly amount: Money })
  | (ReportBase & { readonly kind: 'lost'; readonly orderId: string; readonly text: string });
