/** Takes the lock of an account, says so, and holds it until it is killed. */
import { writeSync } from 'node:fs';
import { lockAccount } from '../../src/db/account-lock.ts';

const [dataDir = '', account = ''] = process.argv.slice(2);
lockAccount(dataDir, account);
writeSync(1, 'locked\n');
setInterval(() => {}, 60_000);
