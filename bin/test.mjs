/** Sets up what is missing, then runs the tests; arguments go to vitest. */
import { main, prepare, ROOT, runNode } from './prepare.mjs';

await main(async (args) => {
  const node = await prepare({ dev: true });
  return runNode(node, ['node_modules/vitest/vitest.mjs', 'run', ...args], { cwd: ROOT });
});
