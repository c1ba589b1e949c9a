/** The queue server cannot be had or cannot be trusted; the message is one line an operator can act on. */

export class QueueServerError extends Error {
  override readonly name = 'QueueServerError';
  /** The process's exit code for "a needed service is missing". */
  readonly exitCode = 4;
}
