/** Why a model is refused: where the fault is, what it is and how to mend it, in one message. */

export class ModelError extends Error {
  override readonly name = 'ModelError';

  readonly parts: readonly [where: string, fault: string, remedy: string];

  /** `where` is the file and, where one is to blame, the key in it. */
  constructor(where: string, fault: string, remedy: string) {
    super(`${where}: ${fault}. ${remedy}.`);
    this.parts = [where, fault, remedy];
  }
}

/** The words of whatever was thrown, on one line and without a full stop. */
export const reasonOf = (thrown: unknown): string =>
  (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\s+/g, ' ').replace(/[\s.]+$/, '');
