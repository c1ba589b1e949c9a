/** Reads vitest's JSON report: prints the seconds of each test file and, last, the counts. Ends with 1 when a test failed or none ran. */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './prepare.mjs';

const [reportFile] = process.argv.slice(2);
const report = existsSync(reportFile) ? JSON.parse(readFileSync(reportFile, 'utf8')) : null;
const files = report?.testResults ?? [];

const seconds = (file) => ((file.endTime - file.startTime) / 1_000).toFixed(1).padStart(7);
for (const file of [...files].sort((a, b) => a.name.localeCompare(b.name))) {
  process.stdout.write(
    `${seconds(file)} s  ${relative(ROOT, file.name)}${file.status === 'passed' ? '' : '  FAILED'}\n`,
  );
}

const passed = report?.numPassedTests ?? 0;
// A file that cannot even be loaded has no test to count, and is a failure all the same.
const unloaded = files.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
const failed = (report?.numFailedTests ?? 0) + unloaded;
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
