/** The wire between the fake venue's process and its brokers: one JSON object a line, over TCP. Data that cannot be read drops the link. */
import type { Socket } from 'node:net';
import type { VenueRules } from '../../../src/broker/paper/rules.ts';
import type { VenueIdentity } from '../../../src/domain/live.ts';
import type { Bar } from '../../../src/domain/market.ts';
import type { Order } from '../../../src/domain/order.ts';
import type { Money, UnixMs } from '../../../src/domain/units.ts';
import type { HandMove } from './by-hand.ts';
import type { Faults } from './faults.ts';

const LONGEST_LINE = 4 * 1024 * 1024;

/** What a broker asks; the methods of the port. */
export type Question =
  | { readonly method: 'connect'; readonly epoch: number }
  | { readonly method: 'identify' }
  | { readonly method: 'submit'; readonly order: Order; readonly epoch: number }
  | { readonly method: 'onBars'; readonly bars: readonly Bar[] }
  | { readonly method: 'reportsAfter'; readonly cursor: number }
  | { readonly method: 'statusOf'; readonly orderId: string }
  | { readonly method: 'snapshot' };

/** What a test tells the process, beside the port. */
export type Instruction =
  /** A new venue, as if none had been. */
  | { readonly method: 'reset'; readonly setup: VenueSetup }
  | { readonly method: 'faults'; readonly faults: Faults }
  /** Somebody does something in the terminal. */
  | { readonly method: 'hand'; readonly move: HandMove; readonly at: UnixMs }
  /** Somebody changes what it says of itself. */
  | { readonly method: 'identity'; readonly identity: VenueIdentity }
  /** What is held on its way comes now. */
  | { readonly method: 'release' }
  | { readonly method: 'log' };

export interface VenueSetup {
  readonly rules: WireRules;
  readonly opening: Money;
  readonly faults?: Faults;
  /** What it says of itself, where it plays for real money. */
  readonly identity?: VenueIdentity;
  /** Plays a netting account: a close of more than is open is cut to what is open. */
  readonly netting?: boolean;
}

export interface VenueLog {
  /** Order ids in the order in which their frames came to be looked at, each time. */
  readonly arrived: readonly string[];
  /** Those of them that came from behind the fence. */
  readonly stale: readonly string[];
  /** How often each fault has happened. */
  readonly faults: Readonly<Record<string, number>>;
}

export type Request = { readonly id: number } & (Question | Instruction);
export type Reply = { readonly id: number } & ({ readonly result: unknown } | { readonly error: string });

/** Rules as JSON: a map is its entries. */
export type WireRules = Omit<VenueRules, 'symbols'> & { readonly symbols: readonly (readonly [string, unknown])[] };
export const rulesToWire = (rules: VenueRules): WireRules => ({ ...rules, symbols: [...rules.symbols] });
export const rulesFromWire = (rules: WireRules): VenueRules =>
  ({ ...rules, symbols: new Map(rules.symbols) }) as VenueRules;

export const send = (socket: Socket, frame: Request | Reply): void => {
  if (socket.writable) socket.write(`${JSON.stringify(frame)}\n`);
};

export function onFrames(socket: Socket, take: (frame: unknown) => void): void {
  let rest = '';
  socket.setEncoding('utf8');
  socket.setNoDelay(true);
  socket.on('data', (chunk) => {
    rest += chunk;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
      const line = rest.slice(0, end);
      rest = rest.slice(end + 1);
      const frame = parsed(line);
      if (frame === undefined) return void socket.destroy();
      take(frame);
    }
    if (rest.length > LONGEST_LINE) socket.destroy();
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
