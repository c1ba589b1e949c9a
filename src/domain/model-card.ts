/** What the core must know of a model that serves. */
import type { GuardReference } from './guards/model-watch.ts';
import type { UnixMs } from './units.ts';

export interface ModelCard {
  /** What its predictions are signed with. */
  readonly id: string;
  /** Market time: a replay of old data meets the model as it was then. From it on nothing is opened; absent: never. */
  readonly expiresAt?: UnixMs;
  /** How far the price goes, in ATRs, when it is right: the target of its labels. */
  readonly reachAtr: number;
  /** Its chances came true as often as it said on rows it had not seen: sizes may follow from them. */
  readonly calibrated?: true;
  /** What its inputs, answers and outcomes were like in training. */
  readonly guards?: GuardReference;
}
