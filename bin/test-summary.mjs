/** Reads vitest's JSON reports: prints the seconds of each test file and, last, the counts. Ends with 1 when a test failed or a run is missing. */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './prepare.mjs';

const reports = process.argv.slice(2).map((file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null));
const files = reports.flatMap((report) => report?.testResults ?? []);

const seconds = (file) => ((file.endTime - file.startTime) / 1_000).toFixed(1).padStart(7);
for (const file of [...files].sort((a, b) => a.name.localeCompare(b.name))) {
  process.stdout.write(
    `${seconds(file)} s  ${relative(ROOT, file.name)}${file.status === 'passed' ? '' : '  FAILED'}\n`,
  );
}

const count = (name) => reports.reduce((sum, report) => sum + (report?.[name] ?? 0), 0);
const passed = count('numPassedTests');
// A file that cannot even be loaded has no test to count, and is a failure all the same.
const unloaded = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
const failed = count('numFailedTests') + unloaded;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || passed === 0 || reports.includes(null) ? 1 : 0;
