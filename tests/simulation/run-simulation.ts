/** The simulation as a person starts it, in a process of its own: plain Node runs the sources as they are, at full speed. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('./simulate.ts', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly words: string;
}

export function runSimulation(...options: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [COMMAND, ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
    let words = '';
    child.stdout.on('data', (text) => {
      words += text;
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code, words }));
  });
}
