/** When an order that a broker does not know may be given up, and when a person must look: both on process time. */

/** Without a fence "never seen" may be a moment too early: this many answers must agree, over this long. */
const ANSWERS = 3;
const OVER_MS = 60_000;
/** What is still not settled after so long is for a person. */
const REVIEW_AFTER_MS = 300_000;

interface Asked {
  readonly sinceMs: number;
  /** Answers "never seen" in a row, and since when. */
  readonly unseen: number;
  readonly unseenSinceMs: number;
}

export interface Judgement {
  /** Will never execute. */
  readonly gone: readonly string[];
  /** A person must look at them. */
  readonly review: readonly string[];
}

export class UnsettledOrders {
  readonly #asked = new Map<string, Asked>();

  /** `orderIds` were asked for just now; `neverSeen` are those of them that the broker does not know. */
  judge(orderIds: readonly string[], neverSeen: readonly string[], fenced: boolean, nowMs: number): Judgement {
    for (const orderId of this.#asked.keys()) if (!orderIds.includes(orderId)) this.#asked.delete(orderId);
    const gone: string[] = [];
    const review: string[] = [];
    for (const orderId of orderIds) {
      const asked = next(this.#asked.get(orderId), neverSeen.includes(orderId), nowMs);
      this.#asked.set(orderId, asked);
      const agreed = asked.unseen >= ANSWERS && nowMs - asked.unseenSinceMs >= OVER_MS;
      if (asked.unseen > 0 && (fenced || agreed)) gone.push(orderId);
      else if (nowMs - asked.sinceMs >= REVIEW_AFTER_MS) {
        review.push(orderId);
        // After the operator's word it has its time again.
        this.#asked.delete(orderId);
      }
    }
    return { gone, review };
  }
}

function next(before: Asked | undefined, unseen: boolean, nowMs: number): Asked {
  const { sinceMs, unseen: count, unseenSinceMs } = before ?? { sinceMs: nowMs, unseen: 0, unseenSinceMs: nowMs };
  if (!unseen) return { sinceMs, unseen: 0, unseenSinceMs: nowMs };
  return { sinceMs, unseen: count + 1, unseenSinceMs: count === 0 ? nowMs : unseenSinceMs };
}
