/** The paper broker as config.yaml has it, with its book in a file. */
import type { Config } from '../../config/config.ts';
import type { Broker } from '../../domain/ports.ts';
import { configuredRules } from './configured-rules.ts';
import { fileStore } from './file-store.ts';
import { paperBroker } from './paper-broker.ts';
import type { VenueRules } from './rules.ts';

/** A paper account is never given the better of a doubtful bar. */
export const accountRules = (config: Pick<Config, 'paper' | 'trading'>): VenueRules => ({
  ...configuredRules(config),
  fillRule: 'pessimistic',
});

export const brokerOf = (config: Config, { venue }: { readonly venue: string }): Broker =>
  paperBroker({ rules: accountRules(config), opening: config.paper.balance, store: fileStore(venue) });
