/** The crash matrix: which process dies where, a life for each kind of trading, at either venue. */

import type { CrashPoint, Kind, StepName, When } from './crash-points.ts';
import type { CrashCase, CrashPlan } from './crash-run.ts';
import { lifeConfig } from './life-config.ts';

export const VENUES = ['paper', 'tcp'] as const;
export type VenueKind = (typeof VENUES)[number];

const at = (when: When, step: StepName, kind: Kind = 'any', skip = 0): CrashCase => ({
  point: { when, step, kind, skip } satisfies CrashPoint,
  aftermath: 'restart',
});
const around = (step: StepName, kind: Kind = 'any', skip = 0): CrashCase[] => [
  at('before', step, kind, skip),
  at('after', step, kind, skip),
];
/** Only a venue that lives on can have the bytes of a process that has died. */
const aroundSend = (venue: VenueKind, kind: Kind, skip = 0): CrashCase[] => [
  at('before', 'send', kind, skip),
  ...(venue === 'tcp' ? [at('during', 'send', kind)] : []),
  at('after', 'send', kind, skip),
];
const wholeWay = (venue: VenueKind, kind: Kind): CrashCase[] => [
  ...around('T1', kind),
  ...around('T2', kind),
  ...aroundSend(venue, kind),
  ...around('T3', kind),
];
/** Six starts in a row that each get a little further. */
const START = [...around('fence'), ...around('connect'), ...around('recovery')];
const LIVES_ON: readonly CrashCase[] = [
  { ...at('after', 'bar', 'any', 1), aftermath: 'bar meanwhile' },
  { ...at('during', 'send'), aftermath: 'late frame' },
  { ...at('after', 'bar', 'any', 1), aftermath: 'bar meanwhile' },
  { ...at('during', 'send'), aftermath: 'late frame' },
];

export interface NamedPlan extends CrashPlan {
  readonly name: string;
  readonly venue: VenueKind;
}

export const planned = (venue: VenueKind): NamedPlan[] => [
  {
    name: `${venue}: entries, filled at once`,
    venue,
    config: lifeConfig(0),
    ...{ bars: 100, seed: 7, habit: { word: 'flatten', everyBars: 45 } },
    cases: [
      ...around('T3', 'partial'),
      ...wholeWay(venue, 'open'),
      at('after', 'send', 'refused'),
      ...around('T3', 'refused'),
      ...around('T2', 'again'),
      ...around('T3', 'exit'),
    ],
  },
  {
    name: `${venue}: entries, filled at the next bar; recovery itself`,
    venue,
    config: lifeConfig(50),
    ...{ bars: 100, seed: 17, habit: { word: 'flatten', everyBars: 12 } },
    cases: [
      ...START,
      at('after', 'send', 'open'),
      ...START,
      at('after', 'T2', 'open'),
      at('before', 'recovery'),
      at('before', 'T3', 'open', 1),
      at('after', 'T3', 'open', 1),
      ...(venue === 'tcp' ? LIVES_ON : []),
    ],
  },
  {
    name: `${venue}: reductions`,
    venue,
    config: lifeConfig(50),
    ...{ bars: 100, seed: 17, habit: { word: 'flatten', everyBars: 12 } },
    cases: [...wholeWay(venue, 'modify'), ...wholeWay(venue, 'close')],
  },
  {
    name: `${venue}: a step of a loss limit`,
    venue,
    config: lifeConfig(50, 0.01),
    ...{ bars: 30, seed: 7, habit: { word: 'flatten', everyBars: 45 } },
    cases: [
      ...around('ladder'),
      at('before', 'T2', 'close'),
      at(venue === 'tcp' ? 'during' : 'after', 'send', 'close'),
      ...around('recovery'),
      ...around('T3', 'close'),
    ],
  },
  {
    name: `${venue}: halts`,
    venue,
    config: lifeConfig(50),
    ...{ bars: 60, seed: 11, habit: { word: 'halt', everyBars: 10 } },
    cases: [
      ...around('halt'),
      at('after', 'connect'),
      ...around('T2', 'cancel'),
      at('after', 'halt'),
      at('before', 'T2', 'close'),
      ...aroundSend(venue, 'close'),
      ...around('T3', 'close'),
      at('after', 'halt'),
      at('before', 'recovery'),
    ],
  },
];
