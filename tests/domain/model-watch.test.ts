/** The watch over a serving model: outcomes settled by bars, the ladder moved by guards, all of it in state, journal and picture. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { apply } from '../../src/domain/apply.ts';
import { type PendingOutcome, pendingOutcome, settledBy } from '../../src/domain/guards/outcome-watch.ts';
import type { ModelCard } from '../../src/domain/model-card.ts';
import { adoptModels } from '../../src/domain/models.ts';
import { symbolPolicy } from '../../src/domain/policy.ts';
import type { Prediction } from '../../src/domain/signal.ts';
import { restoreState, snapshotState, stateHash } from '../../src/domain/snapshot.ts';
import { predict } from '../../src/domain/stages/predict.ts';
import { newState } from '../../src/domain/state.ts';
import { price } from '../../src/domain/units.ts';
import { tripleBarrier } from '../../src/training/labels/triple-barrier.ts';
import { barAt, NOON, POLICY } from './builders.ts';
import { instrumentOf, randomBars } from './random-bars.ts';
import { World } from './world.ts';

const SAID = { down: 0.2, flat: 0.3, up: 0.5 };
const FORETOLD = { probabilities: SAID, regime: 'range', close: 110_000, atrTicks: 10 } as const;

/** A bar that reaches so far above and below the entry. */
const reaching = (up: number, down: number) => ({
  ...barAt('EURUSD', NOON, 110_000),
  high: price(110_000 + up),
  low: price(110_000 - down),
});

function outcomeOf(rule: Parameters<typeof pendingOutcome>[0], ...reaches: readonly (readonly [number, number])[]) {
  let pending: PendingOutcome = pendingOutcome(rule, FORETOLD);
  for (const [i, [up, down]] of reaches.entries()) {
    const next = settledBy(pending, reaching(up, down));
    if ('cameTrue' in next) return { cameTrue: next.cameTrue, bars: i + 1 };
    pending = next;
  }
  return 'open';
}

describe('what became of a prediction', () => {
  const rule = { horizonBars: 3, stopAtr: 2, targetAtr: 3 };

  // Stop at 20 ticks, target at 30.
  test.each<[string, readonly (readonly [number, number])[], unknown]>([
    ['the target above is up', [[30, 0]], { cameTrue: 'up', bars: 1 }],
    [
      'the target below is down',
      [
        [0, 0],
        [5, 30],
      ],
      { cameTrue: 'down', bars: 2 },
    ],
    [
      'a purchase that was stopped is never up; the sale may still win',
      [
        [0, 20],
        [30, 0],
      ],
      { cameTrue: 'flat', bars: 2 },
    ],
    ['both stopped is flat at once', [[20, 20]], { cameTrue: 'flat', bars: 1 }],
    ['stop and target in one bar counts as the stop', [[30, 20]], { cameTrue: 'flat', bars: 1 }],
    [
      'neither within the horizon is flat',
      [
        [19, 19],
        [19, 19],
        [19, 19],
      ],
      { cameTrue: 'flat', bars: 3 },
    ],
    [
      'the horizon is not over',
      [
        [19, 19],
        [19, 19],
      ],
      'open',
    ],
  ])('%s', (_, reaches, expected) => {
    expect(outcomeOf(rule, ...reaches)).toEqual(expected);
  });

  test('with equal distances it is what training labels it', () => {
    const classes = ['down', 'flat', 'up'];
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { minLength: 4, maxLength: 4 }), (reaches) => {
        const bars = [[0, 0] as [number, number], ...reaches].map(([up, down]) => reaching(up, down));
        const columns = {
          high: Float64Array.from(bars, ({ high }) => high),
          low: Float64Array.from(bars, ({ low }) => low),
          close: Float64Array.from(bars, () => 110_000),
        };
        const distance = new Float64Array(bars.length).fill(25);
        const labels = tripleBarrier(columns, { upTicks: distance, downTicks: distance, horizonBars: 4 });
        const found = outcomeOf({ horizonBars: 4, stopAtr: 2.5, targetAtr: 2.5 }, ...reaches);
        expect(found).toEqual({ cameTrue: classes[labels.classes[0] ?? 9], bars: labels.endsAt[0] });
        seen.add(classes[labels.classes[0] ?? 9] ?? '');
      }),
    );
    expect(seen.size).toBe(3);
  });
});

const BARS = 2_500;
const bars = randomBars({
  count: BARS,
  seed: 'EURUSD',
  instrument: instrumentOf('EURUSD'),
  startPrice: 110_000,
  change: 100,
});
const ONE = { ...POLICY, symbols: new Map([['EURUSD', symbolPolicy(POLICY, 'EURUSD')]]) };

const CARD: ModelCard = {
  id: 'm@1',
  reachAtr: 3,
  guards: {
    dissimilarityLimit: 0.85,
    calibration: {
      expectedLogLoss: 1,
      toleranceNats: 0.1,
      warnAbove: 40,
      actAbove: 1_000,
      outcome: { horizonBars: 6, stopAtr: 1, targetAtr: 1 },
    },
  },
};

function warm(card = CARD): World {
  const world = new World(ONE);
  adoptModels(world.state, new Map([['EURUSD', card]]), world.now, world.emit);
  world.warmUp(bars.slice(0, 400));
  return world;
}

/** A model that is sure of what never happens is wrong; `unlike` says on which rows it is not at home. */
function run(world: World, from: number, to: number, unlike: (row: number) => boolean): World {
  for (let row = from; row < to; row++) {
    world.take([bars[row] ?? barAt('EURUSD', 0, 0)]);
    const prediction: Prediction = {
      kind: 'prediction',
      model: 'm@1',
      probabilities: { down: 0.1, flat: 0.8, up: 0.1 },
      dissimilarity: unlike(row) ? 2 : 0.5,
    };
    predict(world.state, new Map([['EURUSD', prediction]]), world.emit);
    world.gate();
    world.monitor();
  }
  return world;
}

const sha = (text: string) => createHash('sha256').update(text).digest('hex');

test('rows unlike the training shrink and then shadow the model; when they are like it again, trust returns step by step', () => {
  const card = { id: 'm@1', reachAtr: 3, guards: { dissimilarityLimit: 0.85 } };
  const world = run(warm(card), 400, BARS, (row) => row < 1_120);
  const moves = world.all('trust_changed').map(({ at, from, to }) => {
    return [bars.findIndex(({ closeAt }) => closeAt === at) - 400 + 1, from, to];
  });
  // A reading every 12 predictions; 100 of them count, the third in a row that acts shrinks; the 48th asks for the shadow, the third to ask gets it.
  expect(moves.slice(0, 2)).toEqual([
    [108 + 2 * 12, 'trust', 'shrink'],
    [108 + (47 + 2) * 12, 'shrink', 'shadow'],
  ]);
  expect(moves.slice(2).map(([, from, to]) => [from, to])).toEqual([
    ['shadow', 'shrink'],
    ['shrink', 'warn'],
    ['warn', 'trust'],
  ]);
  expect(world.all('trust_changed')[0]).toMatchObject({ symbol: 'EURUSD', model: 'm@1' });
  expect(world.all('trust_changed')[0]?.because).toContain('dissimilarity');
  expect(world.state.markets.get('EURUSD')?.watch?.readings().dissimilarity?.samples).toBe(200);
});

test('outcomes are counted by regime, and a model that is always wrong is found out', () => {
  const world = run(warm(), 400, 800, () => false);
  const readings = world.state.markets.get('EURUSD')?.watch?.readings().calibration ?? [];
  const [all, ...byRegime] = readings;
  expect(all?.regime).toBe('all');
  // Six bars after each prediction at the latest its outcome is known.
  expect(all?.samples).toBeGreaterThanOrEqual(400 - 6);
  expect(byRegime.reduce((sum, { samples }) => sum + samples, 0)).toBe(all?.samples);
  expect(all?.logLoss).toBeGreaterThan(1.5);
  expect(world.all('trust_changed').at(-1)).toMatchObject({ to: 'warn', because: ['calibration'] });
});

test('the watch is in the hash of the state, survives a picture, and follows from the journal alone', () => {
  const whole = run(warm(), 400, 700, (row) => row % 3 === 0);
  const half = run(warm(), 400, 550, (row) => row % 3 === 0);
  const picture = JSON.parse(JSON.stringify(snapshotState(half.state)));
  half.state = restoreState(ONE, picture);
  run(half, 550, 700, (row) => row % 3 === 0);
  expect(stateHash(half.state, sha)).toBe(stateHash(whole.state, sha));

  const replayed = newState(ONE);
  for (const event of JSON.parse(JSON.stringify(whole.events))) apply(replayed, event);
  expect(stateHash(replayed, sha)).toBe(stateHash(whole.state, sha));
  expect(stateHash(run(warm(), 400, 700, () => false).state, sha)).not.toBe(stateHash(whole.state, sha));
});

test('another version of the model begins with trust, and without guards nothing is watched', () => {
  const world = run(warm(), 400, 600, () => true);
  expect(world.state.markets.get('EURUSD')?.watch?.trust).toBe('shrink');
  adoptModels(world.state, new Map([['EURUSD', { ...CARD, id: 'm@2' }]]), world.now, world.emit);
  expect(world.state.markets.get('EURUSD')?.watch?.trust).toBe('trust');
  adoptModels(world.state, new Map([['EURUSD', { id: 'm@3', reachAtr: 3 }]]), world.now, world.emit);
  expect(world.state.markets.get('EURUSD')).not.toHaveProperty('watch');
});
