/** The servo and its broker agree: fence, ask, compare. What differs and cannot be adopted halts, in words. */
import type { BrokerReport } from '../domain/order.ts';
import { StateError } from '../domain/state.ts';
import type { Quantity } from '../domain/units.ts';
import type { Shrunk } from './adopt.ts';
import type { BrokerTalk } from './broker-talk.ts';
import { ComponentError } from './error-budget.ts';
import { Fence, unsettledOrders } from './fence.ts';
import { agree, askBroker, type BrokerBook, type Disagreement } from './reconcile.ts';
import { UnsettledOrders } from './unsettled-orders.ts';

export const AGREE_EVERY_MS = 60_000;
/** A broker may be slower to tell than to act: what its reports do not explain must look the same after so long. */
const LOOK_AGAIN_MS = 5_000;

export class Agreement {
  readonly #parts: BrokerTalk;
  readonly #fence = new Fence();
  readonly #unsettled = new UnsettledOrders();
  #problem: string | undefined;
  #soughtAtMs = Number.NEGATIVE_INFINITY;
  /** What was seen to be smaller at the broker, and since when on the monotonic clock. */
  #doubts = new Map<string, { readonly left: Quantity; readonly sinceMs: number }>();

  constructor(parts: BrokerTalk) {
    this.#parts = parts;
  }

  /** Why trading has not started yet, in words. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The broker has confirmed this epoch to this process. */
  connected(epoch: number): void {
    this.#fence.confirmed(epoch);
  }

  /**
   * Once a minute of process time, and as long as an order seems to be on its way. To be asked between two turns, when nothing is
   * being sent: then such an order has lost its answer.
   */
  get due(): boolean {
    const { clock, state } = this.#parts;
    const { causes } = state();
    if (!causes.reconciled || unsettledOrders(state()).length > 0) return true;
    return clock.monotonic() - this.#soughtAtMs >= (this.#doubts.size > 0 ? LOOK_AGAIN_MS : AGREE_EVERY_MS);
  }

  async seek(): Promise<void> {
    const { broker, clock, state, commit, guard } = this.#parts;
    // A halt leaves exits possible, so the books must agree under it too; a known disagreement waits for the operator.
    if (state().causes.halted !== undefined && this.#problem !== undefined && this.#doubts.size === 0) return;
    this.#soughtAtMs = clock.monotonic();
    await guard('broker', () => this.#fence.raise(broker, { state: state(), commit }, clock.wall()));
    let differences = await this.#compare();
    // While trading goes on a broker's answers may be of two moments: what differs must do so twice.
    if (this.#doubts.size === 0 && !differences.every(isReview) && state().causes.reconciled) {
      differences = await this.#compare();
    }
    this.#problem = differences.length === 0 ? undefined : differences.join('; ');
    // In doubt the next look decides.
    const certain = this.#doubts.size === 0 || differences.some(isReview);
    if (differences.length > 0 && certain && state().causes.halted === undefined) {
      commit((_, emit) => emit({ kind: 'halted', at: clock.wall(), by: 'servo', reason: reasonOf(differences) }));
    }
  }

  async #compare(): Promise<readonly string[]> {
    const { broker, clock, state, guard } = this.#parts;
    const theirs = await guard('broker', () => askBroker(broker, state()));
    const fenced = broker.fences !== false;
    const { gone, review } = this.#unsettled.judge(theirs.asked, theirs.neverSeen, fenced, clock.monotonic());
    // What arrived between two questions is not gone.
    const told = new Set(theirs.reports.map(orderIdOf));
    const neverSeen = gone.filter((orderId) => !told.has(orderId));
    const { differences, shrunk } = this.#differencesFrom({ ...theirs, neverSeen });
    this.#doubt(shrunk);
    return [
      ...differences,
      ...review.map((orderId) => `${REVIEW}: what became of order ${orderId} cannot be found out`),
    ];
  }

  /** A report that does not fit our journal, such as one restored from a backup, is itself a difference. */
  #differencesFrom(theirs: BrokerBook): Disagreement {
    const { clock, commit } = this.#parts;
    try {
      return commit((state, emit) => agree(state, theirs, this.#believed(), clock.wall(), emit));
    } catch (error) {
      if (!(error instanceof ComponentError && error.cause instanceof StateError)) throw error;
      return { differences: [error.cause.message], shrunk: new Map() };
    }
  }

  #believed(): Shrunk {
    const nowMs = this.#parts.clock.monotonic();
    const old = [...this.#doubts].filter(([, { sinceMs }]) => nowMs - sinceMs >= LOOK_AGAIN_MS);
    return new Map(old.map(([positionId, { left }]) => [positionId, left]));
  }

  #doubt(shrunk: Shrunk): void {
    const [before, nowMs] = [this.#doubts, this.#parts.clock.monotonic()];
    this.#doubts = new Map(
      [...shrunk].map(([positionId, left]) => {
        const known = before.get(positionId);
        return [positionId, known?.left === left ? known : { left, sinceMs: nowMs }];
      }),
    );
  }
}

const REVIEW = 'manual review';

const isReview = (difference: string): boolean => difference.startsWith(REVIEW);

const reasonOf = (differences: readonly string[]): string =>
  differences.every(isReview)
    ? differences.join('; ')
    : `the broker's book differs from ours: ${differences.join('; ')}`;

function orderIdOf(report: BrokerReport): string | undefined {
  if (report.kind === 'filled') return report.fill.orderId;
  return 'orderId' in report ? report.orderId : undefined;
}
