/** New keys: from nothing, and in place of one that is there. */

import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { type NewKey, createKey } from "../domain/create-key.ts";
import { MOST_OVERLAP_SECONDS, type Rotation, rotateKey } from "../domain/rotate-key.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { IF_MATCH, ifMatchOf } from "./entity-tag.ts";
import { sendNewKey } from "./send-key.ts";
import {
  DESCRIPTION,
  INSTANT,
  KEY_ANSWER,
  LABELS,
  NAME,
  NEW_KEY_ANSWER,
  OWNER,
  ROLE_REF,
  closed,
  listOf,
} from "./shapes.ts";

const CLIENT_SECRET = {
  digest: { type: "string", pattern: "^[0-9a-f]{64}$" },
  last4: { type: "string", pattern: "^[0-9A-Za-z]{4}$" },
};
const BOTH_OR_NEITHER = { dependentRequired: { digest: ["last4"], last4: ["digest"] } };

const NEW_KEY = {
  ...closed(
    {
      name: NAME,
      description: DESCRIPTION,
      owner: OWNER,
      labels: LABELS,
      roles: listOf(ROLE_REF, { minItems: 1, maxItems: 50, uniqueItems: true }),
      securityLevel: { enum: ["standard", "advanced"] },
      expiresAt: INSTANT,
      ...CLIENT_SECRET,
    },
    ["name", "roles"],
  ),
  ...BOTH_OR_NEITHER,
  // The store must know an advanced key's text: it checks signatures with it.
  dependentSchemas: { digest: { properties: { securityLevel: { enum: ["standard"] } } } },
};

const ROTATION = {
  ...closed(
    {
      overlapSeconds: { type: "integer", minimum: 0, maximum: MOST_OVERLAP_SECONDS },
      expiresAt: { oneOf: [INSTANT, { type: "null" }] },
      ...CLIENT_SECRET,
    },
    [],
  ),
  ...BOTH_OR_NEITHER,
};

const IDEMPOTENCY = { "idempotency-key": { type: "string", pattern: "^[\\x21-\\x7e]{1,64}$" } };

const EDIT = { permission: "Edit API keys" } as const;
const ANSWERS = { 200: KEY_ANSWER, 201: NEW_KEY_ANSWER };

interface Headers {
  readonly "idempotency-key": string;
}

export function addKeyCreationRoutes(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: NewKey; Headers: Headers }>(
    "/v1/keys",
    { config: EDIT, schema: { body: NEW_KEY, headers: headersOf(IDEMPOTENCY), response: ANSWERS } },
    async (request, reply) => {
      const idempotencyKey = request.headers["idempotency-key"];
      const created = await createKey(context, callerOf(request), request.body, { idempotencyKey });
      return sendNewKey(context, reply, created);
    },
  );
  app.post<{ Params: { id: string }; Body: Rotation; Headers: Headers }>(
    "/v1/keys/:id/rotate",
    {
      config: EDIT,
      schema: { body: ROTATION, headers: headersOf({ ...IDEMPOTENCY, ...IF_MATCH }), response: ANSWERS },
      preValidation: (request, _reply, done) => {
        request.body ??= {};
        done();
      },
    },
    async (request, reply) => {
      const { params, body, headers } = request;
      const terms = { idempotencyKey: headers["idempotency-key"], ifMatch: ifMatchOf(request) };
      const rotated = await rotateKey(context, callerOf(request), params.id, body, terms);
      return sendNewKey(context, reply, rotated);
    },
  );
}

const headersOf = (properties: object) => ({ type: "object", required: ["idempotency-key"], properties });
