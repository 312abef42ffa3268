import type { FastifyReply } from "fastify";
import type { CreatedKey } from "../domain/create-key.ts";
import { describeKeys } from "../domain/describe-keys.ts";
import type { Key } from "../domain/key.ts";
import { type Refusal, isRefusal } from "../domain/refusal.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sendRefusal } from "../problem.ts";
import { sendTagged } from "./entity-tag.ts";

/** Shows a key in full, or why not. */
export const sendKey = (
  context: StoreContext,
  reply: FastifyReply,
  key: Key | Refusal,
): Promise<FastifyReply> => send(context, reply, key);

/** Shows a key that was just made, this once with its text if that was made here, or one that was made before. */
export async function sendNewKey(
  context: StoreContext,
  reply: FastifyReply,
  created: CreatedKey | Refusal,
): Promise<FastifyReply> {
  if (isRefusal(created)) return sendRefusal(reply, created);
  const { key, replayed, secret } = created;
  return send(context, reply.code(replayed ? 200 : 201), key, secret ? { secret: secret.reveal() } : {});
}

async function send(
  context: StoreContext,
  reply: FastifyReply,
  key: Key | Refusal,
  shownOnce: object = {},
): Promise<FastifyReply> {
  if (isRefusal(key)) return sendRefusal(reply, key);
  const [described = key] = await describeKeys(context, [key]);
  return sendTagged(reply, key.version, described, shownOnce);
}
