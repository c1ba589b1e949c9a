/** Asks on the terminal before something is done that cannot be taken back at once; throws where the answer is not yes. */
import { createInterface } from 'node:readline/promises';
import { CliError, EXIT } from './exit-codes.ts';

export async function confirm(command: string, effect: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new CliError(EXIT.refused, `${command} asks first, and there is no terminal to ask on: add --yes.`);
  const dialogue = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await dialogue.question(`${effect}\n${command}? [y/N] `);
  dialogue.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new CliError(EXIT.refused, 'Nothing was done.');
}
