/** Before the fate of a lost send is asked for, everything of its epoch that may still be on its way is shut out for good. */
import type { Order } from '../domain/order.ts';
import type { Broker } from '../domain/ports.ts';
import type { ServoState } from '../domain/state.ts';
import type { UnixMs } from '../domain/units.ts';
import type { Book } from './book.ts';

/** Marked as sent, and the venue's word on it is missing. */
export const isUnsettled = ({ status }: Order): boolean => status === 'sending' || status === 'unknown';

export const unsettledOrders = (state: ServoState): Order[] => [...state.orders.values()].filter(isUnsettled);

export class Fence {
  /** The epoch that the broker has confirmed to this process. */
  #confirmed = 0;

  /** The start has connected. */
  confirmed(epoch: number): void {
    this.#confirmed = epoch;
  }

  /**
   * Returns once every unsettled order was authorised under an epoch that is over at the broker. The new epoch is committed before the
   * broker hears of it: a crash in between leaves an epoch that nobody has sent under. Throws when the broker does not confirm.
   */
  async raise(
    broker: Broker,
    { state, commit }: { readonly state: ServoState; readonly commit: Book['commit'] },
    at: UnixMs,
  ): Promise<void> {
    const exposed = unsettledOrders(state).filter(({ authorisation }) => (authorisation?.epoch ?? 0) >= state.epoch);
    if (exposed.length > 0) {
      const orderIds = exposed.map(({ intent }) => intent.orderId);
      commit((_, emit) => emit({ kind: 'fenced', at, epoch: state.epoch + 1, orderIds }));
    }
    const { epoch } = state;
    if (this.#confirmed >= epoch) return;
    await broker.connect(epoch);
    this.#confirmed = epoch;
  }
}
