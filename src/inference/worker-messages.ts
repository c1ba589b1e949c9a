/** What the servo's thread and the model's thread say to one another. */
import type { ModelError } from './model-error.ts';
import type { Proof } from './proof.ts';
import type { Answer, Batch, Ends } from './session.ts';

export interface Setup {
  readonly onnx: Uint8Array;
  readonly ends: Ends;
  /** The thread holds the model against it before it serves; absent where that was done. */
  readonly proof?: Proof;
}

export type Request =
  | { readonly kind: 'ask'; readonly id: number; readonly batch: Batch }
  /** End when what was asked before is done. */
  | { readonly kind: 'end' };

export type Reply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'refused'; readonly parts: ModelError['parts'] }
  | { readonly kind: 'answered'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };
