/** The command line: parses, calls, prints. Each command is one file, loaded only when it is used. */
import { Command, CommanderError } from 'commander';
import { messageOf } from '../servo/error-budget.ts';
import { VERSION } from '../version.ts';
import { CliError, EXIT } from './exit-codes.ts';
import { shelvesFor } from './shelves.ts';

/** Expected failures of the parts that know nothing of exit codes. */
const EXIT_OF: Readonly<Record<string, number>> = {
  ConfigError: EXIT.config,
  ModelError: EXIT.missing,
  UnfitModelError: EXIT.unfit,
  FeatureFileError: EXIT.unfit,
  FeatureSpecError: EXIT.config,
  CandleFileError: EXIT.missing,
  StoreError: EXIT.missing,
  AccountLockedError: EXIT.refused,
};

// Who closes the pipe or the terminal has seen enough; the work goes on.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

const program = new Command('servo')
  .description('Trading Servo: from model predictions to orders, with every decision explained.')
  .version(VERSION)
  .exitOverride()
  .showHelpAfterError('(servo --help shows every command)');

for (const { heading, register } of shelvesFor(process.argv[2])) {
  program.commandsGroup(heading);
  (await register())(program);
}

try {
  await program.parseAsync();
} catch (error) {
  const exitCode = exitCodeOf(error);
  process.stderr.write(`${wordsOf(error, exitCode)}`);
  // What the failure left open must not keep the process.
  process.exit(exitCode);
}

/** Typed errors carry their own code; anything else is unexpected. */
function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof Error && 'exitCode' in error) return Number(error.exitCode);
  return error instanceof Error ? (EXIT_OF[error.name] ?? EXIT.unexpected) : EXIT.unexpected;
}

/** Commander has said its own already; a bug shows where it is. */
function wordsOf(error: unknown, exitCode: number): string {
  if (error instanceof CommanderError) return '';
  const bug = exitCode === EXIT.unexpected && error instanceof Error && !(error instanceof CliError);
  return `${bug ? (error.stack ?? messageOf(error)) : messageOf(error)}\n`;
}
