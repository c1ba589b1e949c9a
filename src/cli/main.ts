/** Where every command begins: what is compiled once is kept for the next start, then the command line is read. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// A folder of the user's own: what lies in one that others may write to is not to be run. Where it cannot be written, nothing is kept.
const folder = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'trading-servo', 'code');
const { directory } = enableCompileCache(folder);
// Threads read it anew.
if (directory !== undefined) process.env['NODE_COMPILE_CACHE'] ??= folder;

if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  const { VERSION } = await import('../version.ts');
  process.stdout.write(`${VERSION}\n`);
} else {
  await import('./program.ts');
}
