/** Questions to the broker. An answer that is missing, late or makes no sense is a `QueryFailed`, and nothing follows from it. */
import type { VenueIdentity } from '../domain/live.ts';
import type { BrokerReport } from '../domain/order.ts';
import { type Broker, type BrokerSnapshot, type OrderFate, QueryFailed } from '../domain/ports.ts';
import { messageOf } from './error-budget.ts';

export async function askSnapshot(broker: Broker): Promise<BrokerSnapshot> {
  const answer = await answerTo('what it holds', broker.snapshot());
  const sound =
    Number.isSafeInteger(answer?.balance) &&
    Number.isSafeInteger(answer.sequence) &&
    Array.isArray(answer.positions) &&
    Array.isArray(answer.workingOrderIds);
  if (!sound) throw new QueryFailed('asked what it holds: the answer makes no sense');
  return answer;
}

const NAME_LENGTH_MAX = 64;
const isName = (text: unknown): boolean =>
  typeof text === 'string' && text.length <= NAME_LENGTH_MAX && !/\p{Cc}/u.test(text);

const TRADE_MODES: ReadonlySet<unknown> = new Set(['real', 'demo', 'contest']);

/** Null where the venue says nothing of itself. */
export async function askIdentity(broker: Broker): Promise<VenueIdentity | null> {
  if (broker.identify === undefined) return null;
  const answer = await answerTo('whose account it is', broker.identify());
  const sound =
    isName(answer?.login) &&
    isName(answer.server) &&
    TRADE_MODES.has(answer.tradeMode) &&
    typeof answer.allowsLive === 'boolean' &&
    (answer.maxLots === null || Number.isFinite(answer.maxLots)) &&
    Number.isSafeInteger(answer.tag);
  if (!sound) throw new QueryFailed('asked whose account it is: the answer makes no sense');
  // It is journalled, and shown to people: what was asked for and no more.
  const { login, server, tradeMode, allowsLive, maxLots, tag } = answer;
  return { login, server, tradeMode, allowsLive, maxLots, tag };
}

export async function askFate(broker: Broker, orderId: string): Promise<OrderFate> {
  const answer = await answerTo(`what became of order ${orderId}`, broker.statusOf(orderId));
  if (answer?.kind === 'never_seen') return answer;
  if (answer?.kind === 'reports' && Array.isArray(answer.reports)) return answer;
  throw new QueryFailed(`asked what became of order ${orderId}: the answer makes no sense`);
}

/** In sequence, each once. A number that is missing is a report that was lost on its way: it is asked for again, not passed over. */
export async function askReports(broker: Broker, cursor: number): Promise<readonly BrokerReport[]> {
  const answer = await answerTo(`for its reports after ${cursor}`, broker.reportsAfter(cursor));
  if (!Array.isArray(answer)) throw new QueryFailed('asked for its reports: the answer is no list');
  const reports = inSequence(answer) ? answer : sortedOnce(answer, cursor);
  reports.forEach(({ sequence }, i) => {
    if (sequence === cursor + 1 + i) return;
    throw new QueryFailed(`asked for its reports: ${cursor + 1 + i} is missing, the next is ${sequence}`);
  });
  return reports;
}

const inSequence = (reports: readonly BrokerReport[]): boolean =>
  reports.every(({ sequence }, i) => i === 0 || sequence > (reports[i - 1]?.sequence ?? 0));

function sortedOnce(reports: readonly BrokerReport[], cursor: number): BrokerReport[] {
  const bySequence = new Map(reports.map((report) => [report.sequence, report]));
  return [...bySequence.values()].filter(({ sequence }) => sequence > cursor).sort((a, b) => a.sequence - b.sequence);
}

async function answerTo<T>(question: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof QueryFailed) throw error;
    throw new QueryFailed(`asked ${question}: ${messageOf(error)}`, { cause: error });
  }
}
