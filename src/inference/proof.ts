/** What a model is held against when it is opened, small enough to be sent to the thread that opens it. */
import type { Passport } from './passport.ts';

export const EXPORT_AGAIN = 'Export the model and its passport together again';

export interface Proof extends Pick<Passport, 'input' | 'output' | 'goldenRows'> {
  /** Holds the files, for the words of a refusal. */
  readonly folder: string;
}

export const proofOf = (folder: string, { input, output, goldenRows }: Passport): Proof => ({
  folder,
  input,
  output,
  goldenRows,
});
