/** Stage 5. Losses against their limits, the promise to flatten, and what each position's own rules ask for; then the step is complete. */
import type { Emit } from '../events.ts';
import { watchLosses } from '../limits/loss-ladder.ts';
import { keepMandateFlat } from '../limits/mandate-flat.ts';
import { pursueFlatten } from '../management/flatten.ts';
import { managePositions } from '../management/manage-positions.ts';
import { cancelOverdue } from '../management/overdue.ts';
import { cancelForbiddenEntries } from '../management/working-entries.ts';
import type { ServoState } from '../state.ts';

export function monitor(state: ServoState, emit: Emit): void {
  const { at, completed } = state.step;
  if (at === undefined || completed) return;
  watchLosses(state, at, emit);
  pursueFlatten(state, at, emit);
  keepMandateFlat(state, at, emit);
  cancelOverdue(state, at, emit);
  cancelForbiddenEntries(state, at, emit);
  managePositions(state, at, emit);
  emit({ kind: 'step_completed', at });
}
