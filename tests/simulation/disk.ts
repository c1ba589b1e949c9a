/** The disk under a process' store: full, locked or unreadable for a while, and the place where a process dies around a commit. */
import { StoreError } from '../../src/db/store-error.ts';
import type { DomainEvent } from '../../src/domain/events.ts';
import type { Store } from '../../src/servo/ports.ts';
import type { Tally } from './hits.ts';
import { Died, type SimulatedProcess } from './process.ts';

export type DiskFault = 'store: disk full' | 'store: locked' | 'store: unreadable';

/** Of the machine, not of a process. */
export class Disk {
  fault: DiskFault | undefined;
}

export interface DeathPlan {
  /** Commits until the one at which this process dies. */
  commits: number;
  readonly when: 'before' | 'after';
}

interface DiskParts {
  readonly disk: Disk;
  readonly process: SimulatedProcess;
  readonly tally: Tally;
  /** Read at each commit: nobody dies any more once the faults are over. */
  readonly death: () => DeathPlan | undefined;
  readonly die: () => void;
  /** After the commit is durable. */
  readonly committed: (events: readonly DomainEvent[], lastSequence: number) => void;
}

export function onDisk(store: Store, { disk, process, tally, death, die, committed }: DiskParts): Store {
  const dies = (plan: DeathPlan | undefined, when: DeathPlan['when']) => plan?.when === when && plan.commits === 0;
  const end = (): never => {
    die();
    throw new Died('the process is gone');
  };
  return {
    ...store,
    append(events, alerts, recordedAt) {
      if (!process.runs) throw new Died('the process is gone');
      if (disk.fault === 'store: disk full' || disk.fault === 'store: locked') {
        tally.note(disk.fault);
        throw new StoreError(disk.fault === 'store: locked' ? 'locked' : 'disk_full', disk.fault);
      }
      const plan = death();
      if (plan !== undefined && plan.commits > 0) plan.commits -= 1;
      else if (dies(plan, 'before')) {
        tally.note('process: dies before a commit');
        end();
      }
      store.append(events, alerts, recordedAt);
      committed(events, store.lastSequence());
      if (dies(plan, 'after')) {
        tally.note('process: dies after a commit');
        end();
      }
    },
    loadSnapshot() {
      if (disk.fault === 'store: unreadable') {
        tally.note('store: unreadable');
        throw new StoreError('io', 'the disk could not be read');
      }
      return store.loadSnapshot();
    },
    saveSnapshot(state) {
      if (process.runs) store.saveSnapshot(state);
    },
  };
}
