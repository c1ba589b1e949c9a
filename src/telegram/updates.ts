/** What of an incoming update is taken seriously: a private message or a pressed button of its sender's own chat. */
import { z } from 'zod';
import { type UnixMs, unixMs } from '../domain/units.ts';

export type Incoming =
  | {
      readonly kind: 'message';
      readonly updateId: number;
      /** Sender and private chat are one number. */
      readonly userId: number;
      readonly sentAt: UnixMs;
      /** Empty for a photo, a sticker and the like. */
      readonly text: string;
    }
  | {
      readonly kind: 'press';
      readonly updateId: number;
      readonly userId: number;
      readonly queryId: string;
      /** Of the message that bears the button. */
      readonly messageId: number;
      readonly data: string;
    }
  | { readonly kind: 'dropped'; readonly why: DropReason };

export type DropReason = 'malformed' | 'of another kind' | 'not from a private chat' | 'forwarded or sent for another';

/** The kinds asked for; others may come all the same. */
export const UPDATE_KINDS = ['message', 'callback_query'];

const LAST_SECOND_OF_9999 = 253_402_300_799;
const updateId = z.int().min(0);
const sender = z.object({ id: z.int().positive(), is_bot: z.boolean().optional() });
const chat = z.object({ id: z.int(), type: z.string() });

const MessageUpdate = z.object({
  update_id: updateId,
  message: z.looseObject({
    date: z.int().min(0).max(LAST_SECOND_OF_9999),
    from: sender,
    chat,
    text: z.string().optional(),
  }),
});

const PressUpdate = z.object({
  update_id: updateId,
  callback_query: z.object({
    id: z.string().min(1),
    from: sender,
    message: z.object({ message_id: z.int(), chat }),
    data: z.string(),
  }),
});

/** A message that carries one of these was not written by its sender to us. */
const SECOND_HAND = [
  'forward_origin',
  'forward_date',
  'forward_from',
  'via_bot',
  'sender_chat',
  'business_connection_id',
];

/** Also of an update that is dropped: it is not asked for again. */
export function updateIdOf(raw: unknown): number | undefined {
  return z.object({ update_id: updateId }).safeParse(raw).data?.update_id;
}

export function readUpdate(raw: unknown): Incoming {
  if (typeof raw !== 'object' || raw === null) return dropped('malformed');
  if ('message' in raw) return readMessage(raw);
  return 'callback_query' in raw ? readPress(raw) : dropped('of another kind');
}

function readMessage(raw: object): Incoming {
  const { data } = MessageUpdate.safeParse(raw);
  if (data === undefined) return dropped('malformed');
  const { from, chat, date, text = '' } = data.message;
  if (!isOwnChat(from, chat)) return dropped('not from a private chat');
  if (SECOND_HAND.some((mark) => mark in data.message)) return dropped('forwarded or sent for another');
  return { kind: 'message', updateId: data.update_id, userId: from.id, sentAt: unixMs(1000 * date), text };
}

function readPress(raw: object): Incoming {
  const { data: update } = PressUpdate.safeParse(raw);
  if (update === undefined) return dropped('malformed');
  const { id: queryId, from, message, data } = update.callback_query;
  if (!isOwnChat(from, message.chat)) return dropped('not from a private chat');
  return {
    kind: 'press',
    updateId: update.update_id,
    userId: from.id,
    queryId,
    messageId: message.message_id,
    data,
  };
}

const isOwnChat = (from: z.infer<typeof sender>, { id, type }: z.infer<typeof chat>): boolean =>
  type === 'private' && id === from.id && from.is_bot !== true;

const dropped = (why: DropReason): Incoming => ({ kind: 'dropped', why });
