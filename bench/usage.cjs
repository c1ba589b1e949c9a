/** Loaded ahead of a process that is measured: at its end it writes what the process used into the file that is waiting for it. */
const { writeFileSync } = require('node:fs');

process.once('exit', () => {
  const { user, system } = process.cpuUsage();
  const used = {
    cpuMs: (user + system) / 1_000,
    wallMs: performance.now(),
    peakMib: process.resourceUsage().maxRSS / 1_024,
  };
  writeFileSync(process.env.BENCH_USAGE_FILE, JSON.stringify(used));
});
