import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { type KeyPatch, activateKey, readKey, revokeKey, updateKey } from "../domain/change-key.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sendRefusal } from "../problem.ts";
import { CHANGE_HEADERS, READ_HEADERS, ifMatchOf } from "./entity-tag.ts";
import { sendKey } from "./send-key.ts";
import { DESCRIPTION, INSTANT, KEY_ANSWER, LABELS, NAME, OWNER, closed } from "./shapes.ts";

const PATCH = {
  ...closed(
    {
      name: NAME,
      description: DESCRIPTION,
      owner: { oneOf: [OWNER, { type: "null" }] },
      labels: LABELS,
      expiresAt: { oneOf: [INSTANT, { type: "null" }] },
    },
    [],
  ),
  minProperties: 1,
};

const EDIT = { permission: "Edit API keys" } as const;
const RESPONSE = { 200: KEY_ANSWER };

interface OfOne {
  Params: { id: string };
}

export function addKeyRoutes(app: FastifyInstance, context: StoreContext): void {
  const path = "/v1/keys/:id";
  app.get<OfOne>(
    path,
    { config: { permission: "View API keys" }, schema: { headers: READ_HEADERS, response: RESPONSE } },
    async (request, reply) => sendKey(context, reply, await readKey(context, request.params.id)),
  );
  app.patch<OfOne & { Body: KeyPatch }>(
    path,
    { config: EDIT, schema: { body: PATCH, headers: CHANGE_HEADERS, response: RESPONSE } },
    async (request, reply) => {
      const { params, body } = request;
      const key = await updateKey(context, callerOf(request), params.id, body, ifMatchOf(request));
      return sendKey(context, reply, key);
    },
  );
  app.delete<OfOne>(path, { config: EDIT, schema: { headers: CHANGE_HEADERS } }, async (request, reply) => {
    const revoked = await revokeKey(context, callerOf(request), request.params.id, ifMatchOf(request));
    return isRefusal(revoked) ? sendRefusal(reply, revoked) : reply.code(204).send();
  });
  app.post<OfOne>(
    `${path}/activate`,
    { config: EDIT, schema: { headers: CHANGE_HEADERS, response: RESPONSE } },
    async (request, reply) => {
      const key = await activateKey(context, callerOf(request), request.params.id, ifMatchOf(request));
      return sendKey(context, reply, key);
    },
  );
}
