import type { FastifyInstance } from "fastify";
import { Secret } from "../../core/secret.ts";
import { callerOf } from "../access/admit.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { StoreContext } from "../domain/store-context.ts";
import {
  SECRET_TAG,
  createSecret,
  deleteSecret,
  readSecret,
  secretVersion,
  updateSecret,
} from "../domain/stored-secret.ts";
import { sendRefusal } from "../problem.ts";
import { CHANGE_HEADERS, READ_HEADERS, ifMatchOf, sendTagged } from "./entity-tag.ts";
import { addSecretListRoute } from "./secret-list-route.ts";
import { NAME, SECRET_ANSWER, closed } from "./shapes.ts";

const VALUE = { type: "string", format: "secret-value" };
const NEW_SECRET = closed(
  { tag: { type: "string", pattern: SECRET_TAG, format: "line" }, name: NAME, value: VALUE },
  ["tag", "name", "value"],
);
const PATCH = { ...closed({ name: NAME, value: VALUE }, []), minProperties: 1 };

const PATH = "/v1/secrets/:tagOrId";
const PERMISSION = { permission: "Create secrets" } as const;

interface Named {
  readonly Params: { readonly tagOrId: string };
}

/** A value goes in and never comes out. */
export function addSecretRoutes(app: FastifyInstance, context: StoreContext): void {
  addSecretListRoute(app, context);
  addCreation(app, context);
  addReading(app, context);
  addChanges(app, context);
}

function addCreation(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: { readonly tag: string; readonly name: string; readonly value: string } }>(
    "/v1/secrets",
    { config: PERMISSION, schema: { body: NEW_SECRET, response: { 201: SECRET_ANSWER } } },
    async (request, reply) => {
      const { value, ...rest } = request.body;
      const secret = await createSecret(context, callerOf(request), { ...rest, value: Secret.of(value) });
      if (isRefusal(secret)) return sendRefusal(reply, secret);
      return sendTagged(reply.code(201), secretVersion(secret), secret);
    },
  );
}

function addReading(app: FastifyInstance, context: StoreContext): void {
  app.get<Named>(
    PATH,
    { config: PERMISSION, schema: { headers: READ_HEADERS, response: { 200: SECRET_ANSWER } } },
    async (request, reply) => {
      const secret = await readSecret(context, callerOf(request), request.params.tagOrId);
      if (isRefusal(secret)) return sendRefusal(reply, secret);
      return sendTagged(reply, secretVersion(secret), secret);
    },
  );
}

function addChanges(app: FastifyInstance, context: StoreContext): void {
  app.patch<Named & { Body: { readonly name?: string; readonly value?: string } }>(
    PATH,
    {
      config: PERMISSION,
      schema: { headers: CHANGE_HEADERS, body: PATCH, response: { 200: SECRET_ANSWER } },
    },
    async (request, reply) => {
      const { value, ...rest } = request.body;
      const patch = { ...rest, ...(value !== undefined && { value: Secret.of(value) }) };
      const { tagOrId } = request.params;
      const secret = await updateSecret(context, callerOf(request), tagOrId, patch, ifMatchOf(request));
      if (isRefusal(secret)) return sendRefusal(reply, secret);
      return sendTagged(reply, secretVersion(secret), secret);
    },
  );
  app.delete<Named>(
    PATH,
    { config: PERMISSION, schema: { headers: CHANGE_HEADERS } },
    async (request, reply) => {
      const { tagOrId } = request.params;
      const deleted = await deleteSecret(context, callerOf(request), tagOrId, ifMatchOf(request));
      return isRefusal(deleted) ? sendRefusal(reply, deleted) : reply.code(204).send();
    },
  );
}
