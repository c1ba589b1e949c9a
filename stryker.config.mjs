/** Mutation tests of what decides about money (`npm run mutate`): docs/TESTING.md says how to read them. */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'vitest.mutation.config.ts', pool: 'threads' },
  mutate: [
    'src/domain/{account,account-risk,book-risk,entry-order,external,instrument,order,pace,position,risk,sizing,stops,units}.ts',
    'src/domain/{gate,limits,management,sizing}/*.ts',
    'src/domain/stages/{execute,monitor,risk-gate,settle}.ts',
  ],
  coverageAnalysis: 'perTest',
  // Of what is built while a module loads the runner says with this vitest that it survived, whatever the tests say.
  ignoreStatic: true,
  concurrency: 1,
  timeoutMS: 120_000,
  thresholds: { high: 90, low: 85, break: 85 },
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  tempDirName: 'reports/mutation/sandbox',
  ignorePatterns: ['data', 'reports', 'logs', 'bench', 'models', 'examples', 'deploy', 'coverage'],
  reporters: ['progress-append-only', 'clear-text', 'html', 'json'],
  clearTextReporter: { logTests: false, reportTests: false, allowColor: false },
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
};
