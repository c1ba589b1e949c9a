/** Stage 5, its limits: losses climb the ladder once a window, drawdown halts once a halt, and a step is completed once. */
import { describe, expect, test } from 'vitest';
import type { DomainEvent } from '../../src/domain/events.ts';
import { partialCloseOf } from '../../src/domain/management/partial-close.ts';
import type { Position } from '../../src/domain/position.ts';
import { statusOf } from '../../src/domain/servo.ts';
import { monitor } from '../../src/domain/stages/monitor.ts';
import { type Money, quantity } from '../../src/domain/units.ts';
import { policyWith, positionWith, usd } from './builders.ts';
import { closesIn, holdingWorld, kinds, markedAt, World } from './world.ts';

const DAY = 86_400_000;
const stepsIn = (events: readonly DomainEvent[]) =>
  events.flatMap((event) => (event.kind === 'ladder_stepped' ? [`${event.window} ${event.step}`] : []));
const status = (world: World) => statusOf(world.state.causes);

/** Everything that waits is sent, and the venue closes what it is asked to. */
function obeyVenue(world: World): void {
  for (const { intent } of world.send()) {
    if (intent.kind !== 'close') continue;
    const position = [...world.state.positions.values()].find(({ positionId }) => positionId === intent.positionId);
    if (position !== undefined) world.settle([world.exitFill(position, intent)]);
  }
}

describe('the loss ladder', () => {
  test('at 75 % of the daily limit: reduced, half of each position closed once', () => {
    const world = holdingWorld();
    expect(stepsIn(markedAt(world, 9850.01))).toEqual([]);
    expect(status(world)).toBe('running');

    const events = markedAt(world, 9850);
    expect(events.slice(0, 1)).toEqual([
      { kind: 'ladder_stepped', at: world.now, window: 'day', step: 'warned', loss: usd(150), limit: usd(200) },
    ]);
    expect(status(world)).toBe('reduced');
    // Half of 47, rounded away from zero.
    expect(closesIn(events)).toMatchObject([{ quantity: 24, reason: 'loss_warning' }]);
    obeyVenue(world);
    expect(world.position().quantity).toBe(23);

    const later = [...markedAt(world, 9820), ...markedAt(world, 9990), ...markedAt(world, 9840)];
    expect(stepsIn(later)).toEqual([]);
    expect(closesIn(later)).toEqual([]);
    expect(status(world)).toBe('reduced');
  });

  test('at 100 %: entries end, everything is closed, and the next day begins anew', () => {
    const world = holdingWorld();
    const events = markedAt(world, 9800);
    expect(stepsIn(events)).toEqual(['day reached']);
    expect(kinds(events)).toContain('flatten_started');
    expect(closesIn(events)).toMatchObject([{ quantity: 47, reason: 'daily_loss' }]);
    expect(status(world)).toBe('close_only');
    expect(kinds(world.during(() => obeyVenue(world))).at(-1)).toBe('flattened');
    expect(world.all('fill_applied').at(-1)?.trade?.exitReason).toBe('daily_loss');
    expect(status(world)).toBe('close_only');
    world.step(undefined, [], DAY);
    expect(status(world)).toBe('running');
  });

  test('with on_limit: close_only positions are kept', () => {
    const world = holdingWorld(policyWith({ limits: { onLimit: 'close_only' } }));
    const events = markedAt(world, 9800);
    expect(kinds(events)).toEqual(['ladder_stepped', 'step_completed']);
    expect(status(world)).toBe('close_only');
  });

  test('without partial_close sizes are halved, positions are not', () => {
    const world = holdingWorld(policyWith({ position: { partialClose: false } }));
    expect(kinds(markedAt(world, 9850))).toEqual(['ladder_stepped', 'step_completed']);
    expect(status(world)).toBe('reduced');
  });

  test('a position too small to be halved under min_close_size is left alone', () => {
    const world = holdingWorld(policyWith({ position: { minCloseSize: 0.6 } }));
    expect(closesIn(markedAt(world, 9850))).toEqual([]);
  });

  test('each window has its own, gravest first, and two warnings at once halve once', () => {
    const world = holdingWorld(policyWith({ limits: { maxLoss: { day: 0.02, week: 0.02, month: 0.02 } } }));
    const events = markedAt(world, 9850);
    expect(stepsIn(events)).toEqual(['month warned', 'week warned', 'day warned']);
    expect(closesIn(events)).toHaveLength(1);
  });

  test('one limit reached while another warns closes the whole, not a half first', () => {
    const world = holdingWorld(policyWith({ limits: { maxLoss: { day: 0.02, week: 0.025, month: 0.1 } } }));
    const events = markedAt(world, 9800);
    expect(stepsIn(events)).toEqual(['week warned', 'day reached']);
    expect(closesIn(events)).toMatchObject([{ quantity: 47, reason: 'daily_loss' }]);
  });

  test('a longer window keeps what it forbids when the day ends', () => {
    const world = holdingWorld(policyWith({ limits: { maxLoss: { day: 0.02, week: 0.025, month: 0.1 } } }));
    markedAt(world, 9740);
    expect(Object.keys(world.state.causes.closeOnly)).toEqual(['week', 'day']);
    obeyVenue(world);
    world.pass();
    world.step(undefined, [], DAY);
    expect(Object.keys(world.state.causes.closeOnly)).toEqual(['week']);
    expect(status(world)).toBe('close_only');
    world.step(undefined, [], 7 * DAY);
    expect(status(world)).toBe('running');
  });
});

describe('drawdown', () => {
  const STRICT = policyWith({ limits: { maxDrawdown: 0.05, maxLoss: { day: 1, week: 1, month: 1 } } });

  test('at its limit halts, cancels and closes; a micro above it does not', () => {
    const world = holdingWorld(STRICT);
    expect(kinds(markedAt(world, 9500.000_001))).toEqual(['step_completed']);
    const events = markedAt(world, 9500);
    expect(kinds(events)).toEqual(['halted', 'flatten_started', 'reduce_requested', 'step_completed']);
    expect(events[0]).toMatchObject({ by: 'servo', reason: 'drawdown 5.00 % reached its limit of 5.00 %' });
    expect(closesIn(events)).toMatchObject([{ quantity: 47, reason: 'drawdown' }]);
    expect(status(world)).toBe('halted');
  });

  test('halts once: later steps only pursue what is left', () => {
    const world = holdingWorld(STRICT);
    markedAt(world, 9400);
    expect(kinds(markedAt(world, 9400))).toEqual(['step_completed']);
    obeyVenue(world);
    expect(world.all('flattened')).toMatchObject([{ at: world.now, reason: 'drawdown' }]);
    expect(kinds(markedAt(world, 9300))).toEqual(['step_completed']);
  });

  test('closes everything although something else had halted and left it open', () => {
    const world = holdingWorld(STRICT);
    world.emit({ kind: 'halted', at: world.now, by: 'servo', reason: 'a second cooldown within an hour' });
    expect(closesIn(markedAt(world, 9400))).toMatchObject([{ reason: 'drawdown' }]);
    expect(world.state.causes.halted?.reason).toMatch(/^drawdown 6.00 %/);
  });

  test.each<[string, Partial<{ peak: number; limit: number }>]>([
    ['a peak', { peak: Number.NaN }],
    ['a limit', { limit: Number.NaN }],
  ])('%s that is no number halts', (_, { peak, limit }) => {
    const world = new World(policyWith({ limits: { maxDrawdown: limit ?? 0.05 } }));
    world.step();
    const { account } = world.state;
    world.state = { ...world.state, account: { ...account, equityPeak: (peak ?? account.equityPeak) as Money } };
    world.monitor();
    expect(status(world)).toBe('halted');
  });

  test('equity that is no number never completes the step', () => {
    const world = holdingWorld();
    world.step();
    world.state = { ...world.state, account: { ...world.state.account, equity: Number.NaN as Money } };
    expect(() => monitor(world.state, () => {})).toThrow('was NaN');
    expect(world.state.step.completed).toBe(false);
  });
});

describe('a step', () => {
  test('is completed once: a second monitor finds nothing to do', () => {
    const world = holdingWorld();
    expect(kinds(world.pass())).toEqual(['bar_closed', 'bar_closed', 'bar_closed', 'equity_marked', 'step_completed']);
    expect(world.monitor()).toEqual([]);
    expect(new World().monitor()).toEqual([]);
  });
});

describe('a part of a position', () => {
  test.each<[number, number, number, number, number]>([
    // open, opening size, fraction, min_close_size, part that is closed
    [10, 10, 0.5, 0.1, 5],
    [47, 47, 0.5, 0.1, 24],
    [3, 3, 0.5, 0.1, 2],
    // Rounded away from zero the part would be the whole.
    [1, 1, 0.5, 0, 0],
    [2, 20, 0.5, 0.05, 1],
    [2, 21, 0.5, 0.05, 0],
    // The rest would be too small.
    [10, 10, 0.95, 0.1, 0],
    [10, 10, 0.9, 0.1, 9],
    [10, 10, 0.9, 0.2, 0],
    [10, 10, 0.1, 0.1, 1],
    [100, 100, 0.05, 0.1, 0],
    [10, 10, 0, 0, 0],
    [10, 10, 1, 0, 0],
    [10, 10, 0.5, Number.NaN, 0],
  ])('of %d opened as %d: a share of %d under min_close_size %d is %d', (open, opening, fraction, least, expected) => {
    const position: Position = positionWith({ quantity: quantity(open), openingQuantity: quantity(opening) });
    expect(partialCloseOf(position, fraction, least)).toBe(expected);
  });
});
