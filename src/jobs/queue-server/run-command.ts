/** Runs a helper program to its end and returns what it said: never throws, never hangs, never asks. */
import { execFile } from 'node:child_process';

export interface CommandResult {
  readonly ok: boolean;
  readonly output: string;
}

interface CommandOptions {
  readonly timeoutMs: number;
  readonly cwd?: string;
}

export type RunCommand = (command: string, args: readonly string[], options: CommandOptions) => Promise<CommandResult>;

const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

export const runCommand: RunCommand = (command, args, options) =>
  new Promise((resolve) => {
    // Untranslated output, because it is parsed.
    const env = { ...process.env, LC_ALL: 'C' };
    execFile(
      command,
      args,
      { cwd: options.cwd, env, timeout: options.timeoutMs, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT_BYTES },
      (error, stdout, stderr) =>
        resolve({
          ok: error === null,
          output: [stdout, stderr, error?.message ?? ''].filter(Boolean).join('\n').trim(),
        }),
    );
  });
