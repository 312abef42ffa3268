import type { FastifyInstance, FastifyReply } from "fastify";
import { callerOf } from "../../access/admit.ts";
import { revokeKey, updateKey } from "../../domain/change-key.ts";
import { createKey } from "../../domain/create-key.ts";
import { isRefusal } from "../../domain/refusal.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { sendCortexError, sendCortexRefusal } from "./cortex-error.ts";
import {
  type CortexRole,
  buildCortexKey,
  buildCortexRole,
  namedPart,
  parseCortexRole,
} from "./cortex-key.ts";
import {
  CREATED_KEY_ANSWER,
  EMPTY_ANSWER,
  KEY_ANSWER,
  KEY_UPDATE,
  NEW_KEY,
  NO_QUERY,
  PAGING_QUERY,
  answers,
  named,
  pageAnswer,
} from "./cortex-shapes.ts";
import { findCortexKey, listCortexKeys } from "./find-cortex-keys.ts";
import { type PagingQuery, parsePage, renderPage } from "./paging.ts";

interface NewCortexKey {
  readonly name: string;
  readonly description?: string | null;
  readonly roles: readonly CortexRole[];
  readonly expirationDate?: string | null;
}

interface KeyUpdate {
  readonly name: string;
  readonly description?: string | null;
}

interface OneKey {
  readonly cid: string;
}

const config = { permission: "Edit API keys" } as const;
const ONE_KEY = { params: named("cid"), querystring: NO_QUERY };

/** `/auth/key`: every operation, listing included, asks for the one permission. */
export function addCortexKeyRoutes(app: FastifyInstance, context: StoreContext): void {
  addListing(app, context);
  addCreation(app, context);
  addReading(app, context);
  addUpdate(app, context);
  addDeletion(app, context);
}

function addListing(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: PagingQuery }>(
    "/auth/key",
    { config, schema: { querystring: PAGING_QUERY, response: answers(pageAnswer("apiKeys", KEY_ANSWER)) } },
    async ({ query }) => {
      const page = parsePage(query);
      const { rows, total } = await listCortexKeys(context, page);
      return { apiKeys: rows.map(buildCortexKey), ...renderPage(page, total) };
    },
  );
}

function addCreation(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: NewCortexKey }>(
    "/auth/key",
    { config, schema: { querystring: NO_QUERY, body: NEW_KEY, response: answers(CREATED_KEY_ANSWER) } },
    async (request, reply) => {
      const { name, description, roles, expirationDate } = request.body;
      const asked = {
        name,
        roles: roles.map(parseCortexRole),
        ...(description && { description }),
        ...(expirationDate && { expiresAt: expirationDate }),
      };
      const created = await createKey(context, callerOf(request), asked, { state: "active" });
      if (isRefusal(created)) return sendCortexRefusal(reply, created);
      const { key, row, secret } = created;
      if (!secret) throw new Error("a key was made without its secret");
      return { apiKey: secret.reveal(), roles: key.roles.map(buildCortexRole), ...namedPart(row) };
    },
  );
}

function addReading(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Params: OneKey }>(
    "/auth/key/:cid",
    { config, schema: { ...ONE_KEY, response: answers(KEY_ANSWER) } },
    async ({ params }, reply) => {
      const row = await findCortexKey(context, params.cid);
      return row ? buildCortexKey(row) : sendNotFound(reply);
    },
  );
}

/** A description that is left out stays; the real service does not say what it does. */
function addUpdate(app: FastifyInstance, context: StoreContext): void {
  app.put<{ Params: OneKey; Body: KeyUpdate }>(
    "/auth/key/:cid",
    { config, schema: { ...ONE_KEY, body: KEY_UPDATE, response: answers(KEY_ANSWER) } },
    async (request, reply) => {
      const { name, description } = request.body;
      const { cid } = request.params;
      const row = await findCortexKey(context, cid);
      if (!row) return sendNotFound(reply);
      const patch = { name, ...(typeof description === "string" && { description }) };
      const updated = await updateKey(context, callerOf(request), row.id, patch);
      if (isRefusal(updated)) {
        return updated.refused === "key-not-live" ? sendNotFound(reply) : sendCortexRefusal(reply, updated);
      }
      return buildCortexKey({ ...row, name: updated.name, description: updated.description });
    },
  );
}

function addDeletion(app: FastifyInstance, context: StoreContext): void {
  app.delete<{ Params: OneKey }>(
    "/auth/key/:cid",
    { config, schema: { ...ONE_KEY, response: answers(EMPTY_ANSWER) } },
    async (request, reply) => {
      const row = await findCortexKey(context, request.params.cid);
      if (!row) return sendNotFound(reply);
      const revoked = await revokeKey(context, callerOf(request), row.id);
      return isRefusal(revoked) ? sendCortexRefusal(reply, revoked) : reply.code(200).send();
    },
  );
}

const sendNotFound = (reply: FastifyReply): FastifyReply =>
  sendCortexError(reply, "NOT_FOUND", "API key not found");
