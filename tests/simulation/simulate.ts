/** `npm run simulate -- --seeds 20000`, `--from 500`, `--seed 17 --trace`: worlds one after another until one breaks an invariant. */
import { parseArgs } from 'node:util';
import { type Campaign, runCampaign, runSeed } from './campaign.ts';
import { INVARIANTS } from './invariants.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
    trace: { type: 'boolean', default: false },
    'allow-missing': { type: 'boolean', default: false },
    quiet: { type: 'boolean', default: false },
  },
});

if (values.seed === undefined) {
  const campaign = await runCampaign(Number(values.from), Number(values.seeds));
  show(campaign);
} else {
  const outcome = await runSeed(Number(values.seed), values.trace ? (line) => console.log(line) : undefined);
  for (const { invariant, detail } of outcome.violations)
    console.log(`${invariant} ${INVARIANTS[invariant]}\n   ${detail}`);
  console.log(
    `seed ${outcome.seed}: ${outcome.orders} orders, ${outcome.crashes} crashes, ${outcome.events} events, ${outcome.hash.slice(0, 16)}`,
  );
  process.exitCode = outcome.violations.length === 0 ? 0 : 1;
}

function show({ broken, summary, tally, missing }: Campaign): void {
  if (!values.quiet) console.log(`${tally}`);
  console.log(summary);
  if (broken !== undefined) {
    const [first] = broken.violations;
    if (first !== undefined)
      console.log(`seed ${broken.seed} breaks ${first.invariant}: ${INVARIANTS[first.invariant]}\n   ${first.detail}`);
    console.log(`again with: npm run simulate -- --seed ${broken.seed} --trace`);
    process.exitCode = 1;
  } else if (missing.length > 0 && !values['allow-missing']) {
    console.log(`never happened, so nothing is shown about it (S1): ${missing.join('; ')}`);
    process.exitCode = 1;
  }
}
