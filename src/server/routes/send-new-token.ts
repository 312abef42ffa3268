import type { FastifyReply } from "fastify";
import type { CreatedToken } from "../domain/create-token.ts";
import { type Refusal, isRefusal } from "../domain/refusal.ts";
import { sendRefusal } from "../problem.ts";
import { sendTagged } from "./entity-tag.ts";

/** Shows a token that was just made, this once with its text if that was made here. */
export function sendNewToken(reply: FastifyReply, created: CreatedToken | Refusal): FastifyReply {
  if (isRefusal(created)) return sendRefusal(reply, created);
  const { token, secret } = created;
  return sendTagged(reply.code(201), token.version, token, secret ? { secret: secret.reveal() } : {});
}
