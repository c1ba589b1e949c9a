/**
 * Where every command begins. Plain JavaScript: to strip the types of even one file, Node would load a compiler. What was compiled once
 * is kept for the next start.
 */
const { readFileSync, writeSync } = require('node:fs');
const { join } = require('node:path');

const [word, ...others] = process.argv.slice(2);

if (others.length === 0 && (word === '--version' || word === '-V')) {
  writeSync(1, `${JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')).version}\n`);
} else {
  const { enableCompileCache } = require('node:module');
  const { homedir } = require('node:os');
  // A folder of the user's own: what lies in one that others may write to is not to be run. Where it cannot be written, nothing is kept.
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'trading-servo', 'code');
  // Threads read it anew.
  if (enableCompileCache(folder).directory !== undefined) process.env.NODE_COMPILE_CACHE ??= folder;
  void import('../src/cli/main.ts');
}
