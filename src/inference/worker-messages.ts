/** What the servo's thread and the model's thread say to one another. */
import type { Answer, Batch, Ends } from './session.ts';

export interface Setup {
  readonly onnx: Uint8Array;
  readonly ends: Ends;
}

export type Request =
  | { readonly kind: 'ask'; readonly id: number; readonly batch: Batch }
  /** End when what was asked before is done. */
  | { readonly kind: 'end' };

export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'answered'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };
