/** Asks on the terminal before something is done that cannot be taken back at once; throws where the answer is not yes. */
import { createInterface } from 'node:readline/promises';
import { CliError, EXIT } from './exit-codes.ts';

export async function confirm(command: string, effect: string): Promise<void> {
  const { question, close } = asker(command, ': add --yes');
  const answer = await question(`${effect}\n${command}? [y/N] `);
  close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(EXIT.refused, 'Nothing was done.');
}

interface Asker {
  readonly question: (text: string) => Promise<string>;
  readonly close: () => void;
}

/** Throws where no person can answer; `otherwise` says what can be done instead. */
export function asker(command: string, otherwise = ''): Asker {
  if (!process.stdin.isTTY)
    throw new CliError(EXIT.refused, `${command} asks first, and there is no terminal to ask on${otherwise}.`);
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  return { question: (text) => dialogue.question(text), close: () => dialogue.close() };
}
