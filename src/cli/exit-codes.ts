/** How every command ends: the same numbers for scripts, service managers and people. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  config: 3,
  /** Something needed is missing: queue server, model, database, a running servo. */
  missing: 4,
  /** Refused for safety. */
  refused: 5,
  /** The data, model or result is not fit for use. */
  unfit: 6,
  /** Trained, and there is no deployable edge. */
  noEdge: 7,
  /** A second Ctrl-C: stopped without waiting. */
  forced: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** An expected end: its message is for the person, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;

  constructor(exitCode: ExitCode, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}
