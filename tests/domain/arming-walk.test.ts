/** Any order of arming, halts, starts, time and the venue's whims: an entry leaves exactly while a second reckoning says that it may. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { watchArming } from '../../src/domain/arming.ts';
import type { Command, CommandName } from '../../src/domain/commands.ts';
import { unixMs } from '../../src/domain/units.ts';
import { obey } from '../../src/servo/operate.ts';
import { policyWith } from './builders.ts';
import { factsWith, LIVE_POLICY } from './live-builders.ts';
import { World } from './world.ts';

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 0, 7);

type Step =
  | { readonly kind: 'arm'; readonly minutes: number; readonly account: string; readonly stepBack: number }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'venue'; readonly allowsLive: boolean }
  | { readonly kind: 'model'; readonly id: string }
  | { readonly kind: 'start' | 'guess'; readonly times: number }
  | { readonly kind: 'disarm' | 'halt' | 'reset' | 'entry' | 'entry_that_waits' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.constant({ kind: 'entry' } as const) },
  { weight: 2, arbitrary: fc.constant({ kind: 'entry_that_waits' } as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('arm' as const),
      minutes: fc.integer({ min: 1, max: 40 }),
      account: fc.constantFrom('40071', '40071', '40071', '40072'),
      stepBack: fc.constantFrom(0, 0, 0, 1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 0, max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('venue' as const), allowsLive: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('start', 'guess'), times: fc.integer({ min: 1, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('model' as const), id: fc.constantFrom('m@1', 'm@2') }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(...(['disarm', 'halt', 'reset'] as const)).map((kind) => ({ kind })),
  },
);

/** What a person with a watch and a sheet of paper would keep. */
class Paper {
  wall = START_MS;
  until = 0;
  starts: number[] = [];
  model = 'm@1';
  pinned = '';
  allowsLive = true;
  halted = false;
  lastCode = -1;
  failures: number[] = [];

  get armed(): boolean {
    return this.wall < this.until && this.starts.length < 3;
  }

  get may(): boolean {
    return this.armed && this.allowsLive && this.model === this.pinned && !this.halted;
  }

  disarm(): void {
    this.until = 0;
  }

  start(): void {
    // What was over before this start is not brought back by it.
    if (!this.armed) this.disarm();
    this.starts = [...this.starts, this.wall].filter((at) => this.wall - at < 10 * MINUTE_MS);
    if (!this.armed) this.disarm();
  }

  arm({ minutes, account }: Extract<Step, { kind: 'arm' }>, code: number): void {
    const last = this.failures.at(-1) ?? Number.NEGATIVE_INFINITY;
    const locked = this.failures.length >= 5 && this.wall < last + 15 * MINUTE_MS;
    if (this.halted || !this.allowsLive || locked) return;
    if (account !== '40071' || code <= this.lastCode) {
      this.failures = [...this.failures.filter((at) => at > this.wall - 15 * MINUTE_MS), this.wall];
      return;
    }
    this.until = this.wall + minutes * MINUTE_MS;
    this.starts = [];
    this.pinned = this.model;
    this.lastCode = code;
    this.failures = [];
  }
}

class Walk {
  readonly paper = new Paper();
  readonly seen = new Set<string>();
  readonly #world = new World(policyWith({ live: LIVE_POLICY }));

  constructor() {
    this.#serve('m@1');
    this.#look();
  }

  take(step: Step): void {
    const { paper } = this;
    switch (step.kind) {
      case 'arm': {
        const code = Math.floor(paper.wall / 30_000) - step.stepBack;
        const arming = { account: step.account, forMs: step.minutes * MINUTE_MS, code: '' };
        this.#say('arm', { arming }, code);
        paper.arm(step, code);
        break;
      }
      case 'wait':
        paper.wall += step.minutes * MINUTE_MS;
        break;
      case 'venue':
        paper.allowsLive = step.allowsLive;
        this.#look();
        break;
      case 'model':
        paper.model = step.id;
        this.#serve(step.id);
        break;
      case 'disarm':
        this.#say('disarm');
        paper.disarm();
        break;
      case 'halt':
        this.#say('halt');
        paper.halted = true;
        paper.disarm();
        break;
      case 'reset':
        this.#say('reset', { reason: 'seen' });
        this.#agree();
        paper.halted = false;
        break;
      case 'start':
        for (let i = 0; i < step.times; i++) {
          this.#start();
          paper.start();
        }
        break;
      case 'guess':
        for (let i = 0; i < step.times; i++) {
          this.#say('arm', { arming: { account: '40071', forMs: MINUTE_MS, code: '' } });
          paper.arm({ kind: 'arm', account: '40071', minutes: 1, stepBack: 0 }, Number.NEGATIVE_INFINITY);
        }
        break;
      case 'entry':
        this.#entry(0);
        break;
      case 'entry_that_waits':
        this.#entry(7);
    }
    this.#watch();
    expect(this.#world.state.live?.armed !== undefined, JSON.stringify(step)).toBe(paper.armed);
  }

  /** Decided now, sent some minutes later: what holds at the send is what counts. */
  #entry(minutes: number): void {
    const world = this.#world;
    world.step();
    world.signal();
    this.#watch();
    const mayBeDecided = this.paper.may;
    world.gate();
    this.paper.wall += minutes * MINUTE_MS;
    this.#watch();
    const sent = world.send().filter(({ intent }) => intent.kind === 'open');
    const expected = mayBeDecided && this.paper.may;
    expect(sent.length).toBe(expected ? 1 : 0);
    this.seen.add(expected ? 'sent' : mayBeDecided ? 'denied at the send' : 'denied at the gate');
    const refusals = sent.map(({ intent: { orderId } }) =>
      world.report({ kind: 'rejected', orderId, code: 'market_closed', text: 'closed' }),
    );
    world.settle(refusals);
    world.monitor();
  }

  #say(name: CommandName, more: Partial<Command> = {}, code?: number): void {
    const command = { name, by: 'anna', surface: 'cli', reason: '', ...more } as const;
    const { accepted } = obey(this.#world.state, command, unixMs(this.paper.wall), this.#world.emit, code);
    this.seen.add(`${name} ${accepted ? 'accepted' : 'refused'}`);
  }

  #watch(): void {
    watchArming(this.#world.state, unixMs(this.paper.wall), this.#world.emit);
  }

  #serve(id: string): void {
    const symbols = [...this.#world.state.markets.keys()];
    this.#world.emit({ kind: 'model_changed', at: this.#world.now, symbols, to: { id, reachAtr: 3 } });
  }

  #look(): void {
    const facts = factsWith({}, { allowsLive: this.paper.allowsLive });
    this.#world.emit({ kind: 'live_checked', at: unixMs(this.paper.wall), facts });
  }

  #agree(): void {
    const { causes, epoch } = this.#world.state;
    if (!causes.reconciled)
      this.#world.emit({ kind: 'reconciled', at: this.#world.now, epoch, positions: 0, repaired: 0 });
  }

  #start(): void {
    const { state, emit } = this.#world;
    const startedAt = unixMs(this.paper.wall);
    const process = { mode: 'live', dryRun: false, version: '1', configHash: 'h', startedAt };
    emit({ kind: 'process_started', at: startedAt, epoch: state.epoch + 1, ...process });
    this.#watch();
    this.#look();
    this.#agree();
  }
}

test('an entry leaves exactly while it may, whatever came before', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.array(steps, { minLength: 20, maxLength: 60 }), (walk) => {
      const world = new Walk();
      for (const step of walk) world.take(step);
      for (const what of world.seen) seen.add(what);
    }),
    { numRuns: 60, seed: 4 },
  );
  expect([...seen].sort()).toEqual([
    'arm accepted',
    'arm refused',
    'denied at the gate',
    'denied at the send',
    'disarm accepted',
    'disarm refused',
    'halt accepted',
    'reset accepted',
    'reset refused',
    'sent',
  ]);
});
