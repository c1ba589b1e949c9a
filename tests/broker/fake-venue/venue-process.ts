/**
 * A broker in a process of its own, for tests that kill what trades: the paper venue's rules behind a TCP socket, with faults of link and
 * venue on demand. It outlives every servo that connects to it, fences by epoch, and counts what has arrived.
 *
 *   const venue = await startVenue({ rules: rulesToWire(rules), opening });   // tests/broker/fake-venue/start-venue.ts
 *   const broker = tcpBroker(venue.port);                                     // speaks the port `Broker`; one a servo process
 *   await venue.tell({ method: 'faults', faults: { seed: 7, submits: { cut_after: 0.1, late: 0.1 }, lateMs: 50 } });
 *   await venue.log();                                                        // what arrived, which faults happened
 */
import { createServer, type Socket } from 'node:net';
import { PaperVenue } from '../../../src/broker/paper/venue.ts';
import type { ExternalPosition } from '../../../src/domain/external.ts';
import type { BrokerReport, Order } from '../../../src/domain/order.ts';
import type { UnixMs } from '../../../src/domain/units.ts';
import { type HandMove, handOrder, moved } from './by-hand.ts';
import { Misfortune, type QueryFault } from './faults.ts';
import {
  type Instruction,
  onFrames,
  type Question,
  type Request,
  rulesFromWire,
  send,
  type VenueLog,
  type VenueSetup,
} from './wire.ts';

const QUERIES: ReadonlySet<string> = new Set(['identify', 'reportsAfter', 'statusOf', 'snapshot']);

class VenueProcess {
  #setup: VenueSetup;
  #venue: PaperVenue;
  #misfortune: Misfortune;
  #arrived: string[] = [];
  #stale: string[] = [];
  #held: (() => void)[] = [];
  #externals: readonly ExternalPosition[] = [];
  #handMoves = 0;

  constructor(setup: VenueSetup) {
    this.#setup = setup;
    this.#venue = new PaperVenue(rulesFromWire(setup.rules), setup.opening);
    this.#misfortune = new Misfortune(setup.faults);
  }

  take(socket: Socket, request: Request): void {
    if (request.method === 'submit') this.#submit(socket, request);
    else if (QUERIES.has(request.method)) {
      this.#query(socket, request, this.#misfortune.ofQuery());
    } else this.#reply(socket, request);
  }

  #submit(socket: Socket, request: Extract<Request, { method: 'submit' }>): void {
    const fault = this.#misfortune.ofSubmit();
    switch (fault) {
      case 'cut_before':
        socket.destroy();
        return;
      case 'silent_before':
        return;
      case 'cut_after':
        this.#do(request);
        socket.destroy();
        return;
      case 'silent_after':
        this.#do(request);
        return;
      case 'garbled':
        this.#do(request);
        socket.write('{"id":\n');
        return;
      case 'late':
        setTimeout(() => this.#reply(socket, request), this.#misfortune.lateMs);
        return;
      case 'held':
        this.#held.push(() => this.#reply(socket, request));
        return;
      case 'twice':
        this.#do(request);
        this.#reply(socket, request);
        return;
      case undefined:
        this.#reply(socket, request);
    }
  }

  #query(socket: Socket, request: Request, fault: QueryFault | undefined): void {
    if (fault === 'cut') socket.destroy();
    else if (fault === 'error') send(socket, { id: request.id, error: 'the venue cannot say' });
    else if (fault === 'nonsense') send(socket, { id: request.id, result: null });
    else if (fault !== 'silent') this.#reply(socket, request, fault);
  }

  #reply(socket: Socket, request: Request, fault?: 'shuffled' | 'gap'): void {
    try {
      const result = this.#do(request);
      send(socket, { id: request.id, result: Array.isArray(result) && fault ? disordered(result, fault) : result });
    } catch (error) {
      send(socket, { id: request.id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  #do(request: Question | Instruction): unknown {
    switch (request.method) {
      case 'connect':
        return void this.#venue.fence(request.epoch);
      case 'identify':
        return this.#setup.identity;
      case 'submit': {
        const { order, epoch } = request;
        this.#arrived.push(order.intent.orderId);
        const given = this.#setup.netting ? this.#cut(order) : order;
        const reports = this.#venue.submit(given, order.intent.decidedAt, epoch);
        if (reports.some((report) => report.kind === 'rejected' && report.code === 'stale_epoch')) {
          this.#stale.push(order.intent.orderId);
        }
        return reports;
      }
      case 'onBars':
        return void this.#venue.onBars(request.bars);
      case 'reportsAfter':
        return this.#venue.reportsAfter(request.cursor);
      case 'statusOf':
        return this.#venue.statusOf(request.orderId);
      case 'snapshot':
        return { ...this.#venue.holdings(), externals: this.#externals };
      default:
        return this.#obey(request);
    }
  }

  #obey(instruction: Instruction): VenueLog | undefined {
    switch (instruction.method) {
      case 'reset':
        this.#setup = instruction.setup;
        this.#venue = new PaperVenue(rulesFromWire(this.#setup.rules), this.#setup.opening);
        this.#misfortune = new Misfortune(this.#setup.faults);
        this.#arrived = [];
        this.#stale = [];
        this.#held = [];
        this.#externals = [];
        return undefined;
      case 'faults':
        this.#misfortune = new Misfortune(instruction.faults);
        return undefined;
      case 'identity':
        this.#setup = { ...this.#setup, identity: instruction.identity };
        return undefined;
      case 'hand':
        this.#byHand(instruction);
        return undefined;
      case 'release':
        for (const comes of this.#held.splice(0)) comes();
        return undefined;
      case 'log':
        return { arrived: this.#arrived, stale: this.#stale, faults: this.#misfortune.counts };
    }
  }

  /** What the EA does on a netting account, where the rest would turn the position round. */
  #cut(order: Order): Order {
    const { intent } = order;
    if (intent.kind !== 'close') return order;
    const held = this.#venue.holdings().positions.find(({ positionId }) => positionId === intent.positionId);
    return held === undefined || held.quantity >= intent.quantity
      ? order
      : { ...order, intent: { ...intent, quantity: held.quantity } };
  }

  #closeByHand({ positionId, quantity }: Extract<HandMove, { kind: 'close' }>, at: UnixMs): void {
    const held = this.#venue.holdings().positions.find((position) => position.positionId === positionId);
    if (held === undefined) throw new Error(`position ${positionId} is not open`);
    this.#handMoves += 1;
    this.#venue.submit(handOrder(held, `by-hand-${this.#handMoves}`, quantity), at);
  }

  #byHand({ move, at }: Extract<Instruction, { method: 'hand' }>): void {
    if (move.kind === 'externals') this.#externals = move.externals;
    else if (move.kind === 'close') this.#closeByHand(move, at);
    else this.#venue = PaperVenue.restore(rulesFromWire(this.#setup.rules), moved(this.#venue.snapshot(), move, at));
  }
}

const disordered = (reports: readonly BrokerReport[], fault: 'shuffled' | 'gap'): BrokerReport[] =>
  fault === 'gap'
    ? reports.filter((_, i) => i !== Math.floor((reports.length - 1) / 2))
    : [...reports].reverse().flatMap((report) => [report, report]);

const venue = new VenueProcess(JSON.parse(process.argv[2] ?? '') as VenueSetup);
const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  onFrames(socket, (frame) => venue.take(socket, frame as Request));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : undefined);
});
// It ends with the test that started it.
process.on('disconnect', () => process.exit(0));
