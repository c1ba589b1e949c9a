/** From what the guards say to how far a model is trusted: trust, warn, shrink, shadow. */
import type { Grade } from './grade.ts';

/**
 * `trust`: as usual. `warn`: as usual, and the operator is told. `shrink`: smaller positions.
 * `shadow`: its trades are written down and not made.
 */
export const TRUST_STEPS = ['trust', 'warn', 'shrink', 'shadow'] as const;
export type TrustStep = (typeof TRUST_STEPS)[number];

export type GuardName = 'dissimilarity' | 'drift' | 'calibration';

/** `DissimilarityWatch.reading()`, `DriftWatch.reading()` and `CalibrationWatch.grade()` are each one. */
export interface GuardReading {
  /** What the grade rests on, in the guard's own rows. */
  readonly samples: number;
  readonly grade: Grade;
}

/** One a guard, at one bar; null where the model has no such guard. */
export type GuardReadings = Readonly<Record<GuardName, GuardReading | null>>;

export interface LadderPolicy {
  /** A guard with fewer samples has no say. */
  readonly minSamples: Readonly<Record<GuardName, number>>;
  /** Readings in a row above the present step before it is left upwards. */
  readonly raiseAfter: number;
  /** Readings in a row below the present step before it is left downwards, one step at a time: trust returns slowly. */
  readonly lowerAfter: number;
  /** Readings in a row at which some guard says `act`, after which even one guard puts the model in the shadow. */
  readonly shadowAfter: number;
}

/** Predictions seen seldom say little, outcomes less: thirty make a share, a hundred a mean loss. A drift window is full or silent. */
export const LADDER_POLICY: LadderPolicy = {
  minSamples: { dissimilarity: 30, drift: 1, calibration: 100 },
  raiseAfter: 3,
  lowerAfter: 50,
  shadowAfter: 200,
};

/** JSON; a servo keeps one a model. */
export interface LadderState {
  readonly step: TrustStep;
  /** Readings in a row that asked for a graver step, for a milder one, and with a guard that says `act`. */
  readonly above: number;
  readonly below: number;
  readonly acting: number;
}

export const TRUSTED: LadderState = { step: 'trust', above: 0, below: 0, acting: 0 };

export interface LadderOutcome {
  readonly state: LadderState;
  /** The step changed with this reading. */
  readonly changed: boolean;
  /** Guards that are not calm, and count. */
  readonly because: readonly GuardName[];
}

/** Pure: one reading of all guards on top of what was. */
export function nextTrust(state: LadderState, readings: GuardReadings, policy: LadderPolicy): LadderOutcome {
  const graded = gradesThatCount(readings, policy);
  const acting = graded.some(({ grade }) => grade === 'act') ? state.acting + 1 : 0;
  const wanted = rank(wantedStep(graded, acting >= policy.shadowAfter));
  const present = rank(state.step);
  const above = wanted > present ? state.above + 1 : 0;
  const below = wanted < present ? state.below + 1 : 0;
  const because = graded.map(({ guard }) => guard);
  if (above >= policy.raiseAfter) return { state: moved(wanted, acting), changed: true, because };
  if (below >= policy.lowerAfter) return { state: moved(present - 1, acting), changed: true, because };
  return { state: { step: state.step, above, below, acting }, changed: false, because };
}

interface Graded {
  readonly guard: GuardName;
  readonly grade: Grade;
}

function gradesThatCount(readings: GuardReadings, { minSamples }: LadderPolicy): readonly Graded[] {
  const names: readonly GuardName[] = ['dissimilarity', 'drift', 'calibration'];
  return names.flatMap((guard) => {
    const reading = readings[guard];
    const counts = reading !== null && reading.samples >= minSamples[guard] && reading.grade !== 'calm';
    return counts ? [{ guard, grade: reading.grade }] : [];
  });
}

/** One guard that acts shrinks; two at once, or one for long, are another market than the model's. */
function wantedStep(graded: readonly Graded[], actsForLong: boolean): TrustStep {
  const acting = graded.filter(({ grade }) => grade === 'act').length;
  if (acting >= 2 || actsForLong) return 'shadow';
  if (acting === 1) return 'shrink';
  return graded.length > 0 ? 'warn' : 'trust';
}

const rank = (step: TrustStep): number => TRUST_STEPS.indexOf(step);
const moved = (to: number, acting: number): LadderState => ({
  step: TRUST_STEPS[to] ?? 'shadow',
  above: 0,
  below: 0,
  acting,
});
