/** The port `Broker` over the fake venue's socket. A link that breaks fails what waited on it; the next call opens another, under the same epoch. */
import { connect as open, type Socket } from 'node:net';
import type { Broker } from '../../../src/domain/ports.ts';
import { type Instruction, onFrames, type Question, type Reply, send } from './wire.ts';

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One socket at a time, and who waits for an answer on it. */
export class Link {
  readonly #port: number;
  readonly #waiting = new Map<number, Waiting>();
  #socket: Socket | undefined;
  #lastId = 0;

  constructor(port: number) {
    this.#port = port;
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  ask(question: Question | Instruction): Promise<unknown> {
    const socket = this.#socket ?? this.#open();
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      send(socket, { id, ...question });
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  /** Node keeps what is written before the connection stands. */
  #open(): Socket {
    const socket = open(this.#port, '127.0.0.1');
    this.#socket = socket;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.#broken(socket));
    onFrames(socket, (frame) => this.#answered(frame as Reply));
    return socket;
  }

  #answered(reply: Reply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('error' in reply) waiting?.reject(new Error(reply.error));
    else waiting?.resolve(reply.result);
  }

  #broken(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    const failed = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of failed) reject(new Error('the link to the venue broke'));
  }
}

/** Earlier than any epoch that connects. */
const UNCONNECTED = -1;

export function tcpBroker(port: number): Broker {
  const link = new Link(port);
  let epoch = UNCONNECTED;
  /** What comes first on a link is the epoch: a venue that serves a later one refuses it there. */
  const ask = async <T>(question: Question): Promise<T> => {
    if (!link.isOpen && question.method !== 'connect')
      void link.ask({ method: 'connect', epoch }).catch(() => undefined);
    return (await link.ask(question)) as T;
  };
  return {
    description: `a venue in a process of its own, port ${port}`,
    async connect(newEpoch) {
      await ask({ method: 'connect', epoch: newEpoch });
      epoch = newEpoch;
    },
    identify: () => ask({ method: 'identify' }),
    submit: (order) =>
      ask({ method: 'submit', order, epoch: Math.min(order.authorisation?.epoch ?? Number.MAX_SAFE_INTEGER, epoch) }),
    onBars: (bars) => ask({ method: 'onBars', bars }),
    reportsAfter: (cursor) => ask({ method: 'reportsAfter', cursor }),
    statusOf: (orderId) => ask({ method: 'statusOf', orderId }),
    snapshot: () => ask({ method: 'snapshot' }),
    close: async () => link.close(),
  };
}
