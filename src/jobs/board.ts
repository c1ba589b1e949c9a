/** The stage queues as the board sees them: to look at, never to act on. */
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { Queue } from 'bullmq';

/** Read-only is enforced by the board's server; hiding its buttons alone would not be. */
export const boardAdapters = (queues: readonly Queue[]): BullMQAdapter[] =>
  queues.map((queue) => new BullMQAdapter(queue, { readOnlyMode: true }));
