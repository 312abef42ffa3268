import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { type KeyPatch, activateKey, readKey, revokeKey, updateKey } from "../domain/change-key.ts";
import { type NewKey, createKey } from "../domain/create-key.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sendRefusal } from "../problem.ts";
import { DESCRIPTION, INSTANT, KEY_ANSWER, LABELS, NAME, OWNER, ROLE_REF, closed, listOf } from "./shapes.ts";

const NEW_KEY = closed(
  {
    name: NAME,
    description: DESCRIPTION,
    owner: OWNER,
    labels: LABELS,
    roles: listOf(ROLE_REF, { minItems: 1, maxItems: 50, uniqueItems: true }),
    expiresAt: INSTANT,
    digest: { type: "string", pattern: "^[0-9a-f]{64}$" },
    last4: { type: "string", pattern: "^[0-9A-Za-z]{4}$" },
  },
  ["name", "roles", "digest", "last4"],
);

const PATCH = {
  ...closed(
    {
      name: NAME,
      description: DESCRIPTION,
      owner: { oneOf: [OWNER, { type: "null" }] },
      labels: LABELS,
    },
    [],
  ),
  minProperties: 1,
};

const IDEMPOTENCY = {
  type: "object",
  required: ["idempotency-key"],
  properties: { "idempotency-key": { type: "string", pattern: "^[\\x21-\\x7e]{1,64}$" } },
};

export function addKeyRoutes(app: FastifyInstance, context: StoreContext): void {
  addCreation(app, context);
  addSingleKey(app, context);
  app.post<{ Params: { id: string } }>(
    "/v1/keys/:id/activate",
    { config: { permission: "Edit API keys" }, schema: { response: { 200: KEY_ANSWER } } },
    async (request, reply) => {
      const key = await activateKey(context, callerOf(request), request.params.id);
      return isRefusal(key) ? sendRefusal(reply, key) : key;
    },
  );
}

function addCreation(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: NewKey; Headers: { "idempotency-key": string } }>(
    "/v1/keys",
    {
      config: { permission: "Edit API keys" },
      schema: { body: NEW_KEY, headers: IDEMPOTENCY, response: { 200: KEY_ANSWER, 201: KEY_ANSWER } },
    },
    async (request, reply) => {
      const idempotencyKey = request.headers["idempotency-key"];
      const created = await createKey(context, callerOf(request), request.body, { idempotencyKey });
      if (isRefusal(created)) return sendRefusal(reply, created);
      return reply.code(created.replayed ? 200 : 201).send(created.key);
    },
  );
}

function addSingleKey(app: FastifyInstance, context: StoreContext): void {
  const path = "/v1/keys/:id";
  app.get<{ Params: { id: string } }>(
    path,
    { config: { permission: "View API keys" }, schema: { response: { 200: KEY_ANSWER } } },
    async (request, reply) => {
      const key = await readKey(context, request.params.id);
      return isRefusal(key) ? sendRefusal(reply, key) : key;
    },
  );
  app.patch<{ Params: { id: string }; Body: KeyPatch }>(
    path,
    { config: { permission: "Edit API keys" }, schema: { body: PATCH, response: { 200: KEY_ANSWER } } },
    async (request, reply) => {
      const key = await updateKey(context, callerOf(request), request.params.id, request.body);
      return isRefusal(key) ? sendRefusal(reply, key) : key;
    },
  );
  app.delete<{ Params: { id: string } }>(
    path,
    { config: { permission: "Edit API keys" } },
    async (request, reply) => {
      const revoked = await revokeKey(context, callerOf(request), request.params.id);
      return isRefusal(revoked) ? sendRefusal(reply, revoked) : reply.code(204).send();
    },
  );
}
