/** Reads a candle file into typed columns with one of npm's parsers: `node csv.mjs udsv|csv-parse FILE`. The best of three rounds counts. */
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { inferSchema, initParser } from 'udsv';

const [parser, path] = process.argv.slice(2);
const ROUNDS = 3;

const rowsOf = {
  udsv: (text) => initParser(inferSchema(text)).stringArrs(text),
  'csv-parse': (text) => parse(text, { from_line: 2 }),
};

function readColumns() {
  const rows = rowsOf[parser](readFileSync(path, 'latin1'));
  const columns = Array.from({ length: 6 }, () => new Float64Array(rows.length));
  for (let i = 0; i < rows.length; i++) {
    columns[0][i] = Date.parse(rows[i][0]);
    for (let k = 1; k < 6; k++) columns[k][i] = +rows[i][k];
  }
  return rows.length;
}

let elapsedMs = Number.POSITIVE_INFINITY;
let bars = 0;
for (let round = 0; round < ROUNDS; round++) {
  const startedMs = performance.now();
  bars = readColumns();
  elapsedMs = Math.min(elapsedMs, performance.now() - startedMs);
}
process.stdout.write(`${JSON.stringify({ bars, elapsedMs })}\n`);
