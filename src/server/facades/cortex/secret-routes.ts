import type { FastifyInstance, FastifyReply } from "fastify";
import { Secret } from "../../../core/secret.ts";
import { callerOf } from "../../access/admit.ts";
import { type Refusal, isRefusal } from "../../domain/refusal.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import {
  SECRET_TAG,
  type StoredSecret,
  createSecret,
  deleteSecret,
  listSecrets,
  readSecret,
  updateSecret,
} from "../../domain/stored-secret.ts";
import { NAME, closed } from "../../routes/shapes.ts";
import { sendCortexError, sendCortexRefusal } from "./cortex-error.ts";
import {
  EMPTY_ANSWER,
  NO_QUERY,
  PAGING_QUERY,
  TEXT,
  answers,
  named,
  optional,
  pageAnswer,
} from "./cortex-shapes.ts";
import { type PagingQuery, parsePage, renderPage } from "./paging.ts";

const VALUE = { type: "string", format: "secret-value" };
const NEW_SECRET = closed(
  { name: NAME, secret: VALUE, tag: { type: "string", pattern: SECRET_TAG, format: "line" } },
  ["name", "secret", "tag"],
);
const SECRET_UPDATE = closed({ name: optional(NAME), secret: optional(VALUE) }, []);
const SECRET_ANSWER = closed({ id: TEXT, name: TEXT, tag: TEXT }, ["id", "tag"]);

interface OneSecret {
  readonly tagOrId: string;
}
interface NewSecret {
  readonly name: string;
  readonly secret: string;
  readonly tag: string;
}
type SecretUpdate = { readonly [name in "name" | "secret"]?: string | null };

const config = { permission: "Create secrets" } as const;
const ONE_SECRET = { params: named("tagOrId"), querystring: NO_QUERY };
const ALL = "/secrets";
const ONE = "/secrets/:tagOrId";

/** `/secrets`: a value goes in and never comes out. Listing asks for the permission to create, too. */
export function addCortexSecretRoutes(app: FastifyInstance, context: StoreContext): void {
  addListing(app, context);
  addCreation(app, context);
  addReading(app, context);
  addUpdate(app, context);
  addDeletion(app, context);
}

function addListing(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: PagingQuery }>(
    ALL,
    {
      config,
      schema: { querystring: PAGING_QUERY, response: answers(pageAnswer("secrets", SECRET_ANSWER)) },
    },
    async (request, reply) => {
      const page = parsePage(request.query);
      const { secrets, total } = await listSecrets(context, callerOf(request), page);
      return reply.send({ secrets: secrets.map(buildCortexSecret), ...renderPage(page, total) });
    },
  );
}

function addCreation(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: NewSecret }>(
    ALL,
    { config, schema: { querystring: NO_QUERY, body: NEW_SECRET, response: answers(SECRET_ANSWER) } },
    async (request, reply) => {
      const { name, secret, tag } = request.body;
      const asked = { name, tag, value: Secret.of(secret) };
      return answer(reply, await createSecret(context, callerOf(request), asked));
    },
  );
}

function addReading(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Params: OneSecret }>(
    ONE,
    { config, schema: { ...ONE_SECRET, response: answers(SECRET_ANSWER) } },
    async (request, reply) =>
      answer(reply, await readSecret(context, callerOf(request), request.params.tagOrId)),
  );
}

function addUpdate(app: FastifyInstance, context: StoreContext): void {
  app.put<{ Params: OneSecret; Body: SecretUpdate }>(
    ONE,
    { config, schema: { ...ONE_SECRET, body: SECRET_UPDATE, response: answers(SECRET_ANSWER) } },
    async (request, reply) => {
      const { tagOrId } = request.params;
      const name = request.body.name ?? undefined;
      const secret = request.body.secret ?? undefined;
      if (name === undefined && secret === undefined) {
        return answer(reply, await readSecret(context, callerOf(request), tagOrId));
      }
      const patch = {
        ...(name !== undefined && { name }),
        ...(secret !== undefined && { value: Secret.of(secret) }),
      };
      return answer(reply, await updateSecret(context, callerOf(request), tagOrId, patch));
    },
  );
}

function addDeletion(app: FastifyInstance, context: StoreContext): void {
  app.delete<{ Params: OneSecret }>(
    ONE,
    { config, schema: { ...ONE_SECRET, response: answers(EMPTY_ANSWER) } },
    async (request, reply) => {
      const deleted = await deleteSecret(context, callerOf(request), request.params.tagOrId);
      return isRefusal(deleted) ? sendRefusal(reply, deleted) : reply.code(200).send();
    },
  );
}

const answer = (reply: FastifyReply, secret: StoredSecret | Refusal): FastifyReply =>
  isRefusal(secret) ? sendRefusal(reply, secret) : reply.send(buildCortexSecret(secret));

const sendRefusal = (reply: FastifyReply, refusal: Refusal): FastifyReply =>
  refusal.refused === "not-found"
    ? sendCortexError(reply, "NOT_FOUND", "Secret not found")
    : sendCortexRefusal(reply, refusal);

const buildCortexSecret = ({ id, tag, name }: StoredSecret) => ({ id, tag, name });
