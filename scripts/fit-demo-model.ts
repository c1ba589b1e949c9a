/** Makes models/demo anew: `npm run model:demo`. Run twice, it writes the same bytes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FEATURE_PACK } from '../src/domain/features.ts';
import { loadModel } from '../src/inference/load-model.ts';
import { makeDemoModel } from './demo-model/make.ts';
import { readmeOf } from './demo-model/readme.ts';
import { RECIPE } from './demo-model/recipe.ts';

const folder = join(import.meta.dirname, '..', 'models', 'demo');

console.log(`Training the demo model on ${RECIPE.symbol}: a SIMULATED market, seed ${RECIPE.seed} …`);
const { onnx, passport } = await makeDemoModel(RECIPE);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'model.onnx'), onnx);
writeFileSync(join(folder, 'passport.json'), `${JSON.stringify(passport, null, 1)}\n`);
writeFileSync(join(folder, 'README.md'), readmeOf(passport, RECIPE));
const { id } = await loadModel(folder, FEATURE_PACK.names);

console.log(`On the ${passport.metrics.rows} held-out rows:`);
for (const [name, { model, baseline, note = '' }] of Object.entries(passport.metrics.figures)) {
  console.log(
    `  ${name.padEnd(13)} ${model.toFixed(4).padStart(8)}   baseline ${baseline.toFixed(4).padStart(8)}   ${note}`,
  );
}
console.log(`Wrote ${id}: ${onnx.length} bytes, its answers checked against the golden rows.`);
