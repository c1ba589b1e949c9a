/** What the servo may do: the status of every combination of causes, what each permits, and how causes come and go. */
import { describe, expect, test } from 'vitest';
import { drawdown } from '../../src/domain/account.ts';
import { COMMAND_NAMES, COMMANDS, type CommandName, mayUse, type Role } from '../../src/domain/commands.ts';
import {
  type Cause,
  type Causes,
  INITIAL_CAUSES,
  leadingCause,
  PERMITS,
  SERVO_STATUSES,
  type ServoStatus,
  statusOf,
} from '../../src/domain/servo.ts';
import { unixMs } from '../../src/domain/units.ts';
import { NOON, policyWith, usd } from './builders.ts';
import { World } from './world.ts';

const cause = (reason: string): Cause => ({ by: 'someone', at: unixMs(NOON), reason });

/** Every cause there is, gravest first, with the status it makes. */
const CAUSES: readonly (readonly [ServoStatus, string, Partial<Causes>])[] = [
  ['stopped', '', { ended: true }],
  ['stopping', 'stop', { stopRequested: cause('stop') }],
  ['halted', 'halt', { halted: cause('halt') }],
  ['starting', '', { reconciled: false }],
  ['cooldown', 'cooldown', { cooldown: { ...cause('cooldown'), component: 'feed', until: unixMs(NOON + 1) } }],
  ['close_only', 'week', { closeOnly: { week: cause('week') } }],
  ['paused', 'pause', { paused: cause('pause') }],
  ['paused', 'flatten', { flattening: { ...cause('flatten'), kind: 'flatten' } }],
  ['reduced', 'day', { reduced: { day: cause('day') } }],
];

const NONE: Causes = { ...INITIAL_CAUSES, reconciled: true };

describe('status', () => {
  test('of no cause: starting until reconciled, then running', () => {
    expect(statusOf(INITIAL_CAUSES)).toBe('starting');
    expect(statusOf(NONE)).toBe('running');
    expect(leadingCause(NONE)).toBeUndefined();
  });

  test('of every combination of causes is that of the gravest, and so is the cause that is shown', () => {
    for (let mask = 1; mask < 2 ** CAUSES.length; mask++) {
      const held = CAUSES.filter((_, i) => (mask & (1 << i)) !== 0);
      const causes: Causes = Object.assign({}, NONE, ...held.map(([, , change]) => change));
      const [status] = held[0]!;
      const reason = held[0]![0] === 'stopped' ? (causes.stopRequested?.reason ?? '') : held[0]![1];
      expect(`${statusOf(causes)} ${leadingCause(causes)?.reason ?? ''}`).toBe(`${status} ${reason}`);
    }
  });

  test.each<[ServoStatus, boolean, boolean, boolean, number]>([
    // status, open, reduce, cancel, size factor
    ['stopped', false, false, false, 0],
    ['stopping', false, true, true, 0],
    ['halted', false, true, true, 0],
    ['starting', false, false, false, 0],
    ['cooldown', false, true, true, 0],
    ['close_only', false, true, true, 0],
    ['paused', false, true, true, 0],
    ['reduced', true, true, true, 0.5],
    ['running', true, true, true, 1],
  ])('%s permits: open %s, reduce %s, cancel %s, at a factor of %d', (status, open, reduce, cancel, sizeFactor) => {
    expect(PERMITS[status]).toEqual({ open, reduce, cancel, sizeFactor });
  });

  test('the table has a row for every status', () => {
    expect(Object.keys(PERMITS).toSorted()).toEqual([...SERVO_STATUSES].toSorted());
  });
});

describe('how causes come and go', () => {
  const say = (world: World, command: CommandName, reason = '') =>
    world.emit({ kind: 'command_accepted', at: world.now, command, by: 'ann', surface: 'cli', reason });
  const status = (world: World) => statusOf(world.state.causes);
  const reconcile = (world: World) =>
    world.emit({ kind: 'reconciled', at: world.now, epoch: 1, positions: 0, repaired: 0 });

  test('each of them holds until what ends it, and none hides another for good', () => {
    const world = new World();
    const { now } = world;
    expect(status(world)).toBe('running');
    say(world, 'pause', 'lunch');
    expect(leadingCause(world.state.causes)).toEqual({ by: 'ann', at: now, reason: 'lunch' });
    world.emit({
      kind: 'cooldown_started',
      at: now,
      component: 'broker',
      errors: 5,
      reason: 'gone',
      until: unixMs(now + 1),
    });
    expect(status(world)).toBe('cooldown');
    expect(leadingCause(world.state.causes)?.reason).toBe('5 broker errors in a row: gone');
    world.emit({ kind: 'halted', at: now, by: 'servo', reason: 'a second cooldown' });
    expect(status(world)).toBe('halted');
    say(world, 'resume');
    expect(status(world)).toBe('halted');
    world.emit({ kind: 'cooldown_ended', at: now });
    expect(status(world)).toBe('halted');
    say(world, 'reset', 'mended');
    expect(status(world)).toBe('starting');
    reconcile(world);
    expect(status(world)).toBe('running');
    expect(world.state.causes.lastCooldownAt).toBe(now);
  });

  test('a pause outlives a halt and its reset', () => {
    const world = new World();
    say(world, 'pause');
    say(world, 'halt');
    say(world, 'reset', 'mended');
    reconcile(world);
    expect(status(world)).toBe('paused');
    say(world, 'resume');
    expect(status(world)).toBe('running');
  });

  test.each(COMMAND_NAMES.filter((name) => name !== 'reset'))('%s does not lift a halt', (name) => {
    const world = new World();
    say(world, 'halt');
    say(world, name);
    expect(world.state.causes.halted).toBeDefined();
  });

  test('nor does a new day, an agreement with the broker, the end of a flattening, or a restart', () => {
    const world = new World();
    world.step();
    say(world, 'halt');
    world.emit({ kind: 'flatten_started', at: world.now, by: 'ann', reason: 'halt' });
    world.pass();
    expect(world.all('flattened')).toHaveLength(1);
    world.pass(undefined, [], 40 * 86_400_000);
    world.emit({ kind: 'process_ended', at: world.now });
    expect(status(world)).toBe('stopped');
    const process = { epoch: 2, mode: 'paper', dryRun: false, version: '1', configHash: 'h', startedAt: world.now };
    world.emit({ kind: 'process_started', at: world.now, ...process });
    reconcile(world);
    expect(status(world)).toBe('halted');
    expect(leadingCause(world.state.causes)?.by).toBe('ann');
  });

  test('a restart begins at starting, forgets a stop that was asked for, and keeps a pause', () => {
    const world = new World();
    say(world, 'pause');
    say(world, 'stop');
    expect(status(world)).toBe('stopping');
    world.emit({ kind: 'process_ended', at: world.now });
    const process = { epoch: 2, mode: 'paper', dryRun: false, version: '1', configHash: 'h', startedAt: world.now };
    world.emit({ kind: 'process_started', at: world.now, ...process });
    expect(world.state.epoch).toBe(2);
    expect(status(world)).toBe('starting');
    reconcile(world);
    expect(status(world)).toBe('paused');
  });

  test('nothing is opened while a flattening goes on, even after a resume', () => {
    const world = new World();
    say(world, 'flatten');
    world.emit({ kind: 'flatten_started', at: world.now, by: 'ann', reason: 'flatten' });
    say(world, 'resume');
    expect(status(world)).toBe('paused');
    expect(leadingCause(world.state.causes)?.reason).toBe('closing everything: flatten');
    world.emit({ kind: 'flattened', at: world.now, reason: 'flatten' });
    expect(status(world)).toBe('running');
  });

  describe('the peak after a reset', () => {
    const fallen = (equity: number) => {
      const world = new World(policyWith({ limits: { maxDrawdown: 0.05 } }));
      world.step();
      const mark = (to: number) =>
        world.emit({ kind: 'equity_marked', at: world.now, balance: usd(to), equity: usd(to) });
      mark(equity);
      world.monitor();
      return { world, mark };
    };

    test('is the present equity when the drawdown had halted, although it recovered a little since', () => {
      const { world, mark } = fallen(9490);
      expect(leadingCause(world.state.causes)?.reason).toBe('drawdown 5.10 % reached its limit of 5.00 %');
      mark(9600);
      say(world, 'reset', 'reviewed');
      expect(world.state.account.equityPeak).toBe(usd(9600));
      expect(drawdown(world.state.account)).toBe(0);
    });

    test('even when an operator halted once more', () => {
      const { world, mark } = fallen(9490);
      say(world, 'halt', 'to be sure');
      mark(9600);
      say(world, 'reset', 'reviewed');
      expect(world.state.account.equityPeak).toBe(usd(9600));
    });

    test('is the present equity when the limit was reached under another halt, to the micro', () => {
      const { world, mark } = fallen(9700);
      say(world, 'halt');
      mark(9500);
      say(world, 'reset', 'reviewed');
      expect(world.state.account.equityPeak).toBe(usd(9500));
    });

    test('is the old one after any other halt', () => {
      const { world, mark } = fallen(9700);
      say(world, 'halt');
      mark(9600);
      say(world, 'reset', 'reviewed');
      expect(world.state.account.equityPeak).toBe(usd(10_000));
    });
  });
});

describe('who may say what', () => {
  test.each<[Role, readonly CommandName[]]>([
    ['viewer', []],
    ['operator', ['pause', 'resume', 'flatten', 'halt', 'disarm', 'stop']],
    ['admin', ['pause', 'resume', 'flatten', 'halt', 'arm', 'disarm', 'stop', 'reset']],
  ])('%s: %o', (role, allowed) => {
    expect(COMMAND_NAMES.filter((name) => mayUse(role, COMMANDS[name].role))).toEqual(allowed);
  });

  test('a brake is one tap; what loosens one, or moves positions in calm, is asked again; lifting a halt needs a reason', () => {
    expect(COMMAND_NAMES.filter((name) => COMMANDS[name].danger === 'none')).toEqual([
      'pause',
      'halt',
      'disarm',
      'stop',
    ]);
    expect(COMMAND_NAMES.filter((name) => COMMANDS[name].needsReason)).toEqual(['reset']);
  });
});
