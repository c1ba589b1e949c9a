/** Sets up what is missing, then runs every check, or those named as arguments, up to the first that fails. */
import { main, prepare, ROOT, runNode, SetupError } from './prepare.mjs';

const CHECKS = {
  lint: ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
  types: ['node_modules/typescript/bin/tsc', '--noEmit'],
  unused: ['node_modules/knip/bin/knip.js'],
  tests: ['node_modules/vitest/vitest.mjs', 'run'],
};

await main(async (args) => {
  const names = args.length > 0 ? args : Object.keys(CHECKS);
  const unknown = names.find((name) => !Object.hasOwn(CHECKS, name));
  if (unknown !== undefined)
    throw new SetupError(`No check is called "${unknown}": choose from ${Object.keys(CHECKS).join(', ')}.`, 2);

  const node = await prepare({ dev: true });
  for (const name of names) {
    const startedAt = performance.now();
    const exitCode = await runNode(node, CHECKS[name], { cwd: ROOT });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
    process.stdout.write(`${exitCode === 0 ? '✓' : '✗'} ${name} ${seconds} s\n`);
    if (exitCode !== 0) return exitCode;
  }
  return 0;
});
