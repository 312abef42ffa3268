import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { type Demands, checkKey } from "../domain/check-key.ts";
import type { Credential } from "../domain/credential.ts";
import { PERMISSIONS } from "../domain/permissions.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { VALIDITY_ANSWER, closed } from "./shapes.ts";

const QUESTION = closed(
  {
    key: { type: "string", minLength: 1, maxLength: 512 },
    permission: { enum: PERMISSIONS },
    clientIp: { type: "string", format: "address", maxLength: 100 },
  },
  ["key"],
);

export function addVerifyRoute(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: Demands & { readonly key: string } }>(
    "/v1/verify",
    {
      config: { permission: "Verify API keys" },
      schema: { body: QUESTION, response: { 200: VALIDITY_ANSWER } },
    },
    async (request, reply) => {
      const { key, ...demands } = request.body;
      const checked = await checkKey(context, key, demands);
      context.attempts.note("verification", checked, callerOf(request), context.clock.now());
      const { valid } = checked;
      return reply.send(valid ? buildAnswer(checked.credential) : { valid, reason: checked.reason });
    },
  );
}

const buildAnswer = ({ type, id, name, owner, roles, permissions, expiresAt }: Credential) => ({
  valid: true,
  type,
  id,
  name,
  owner,
  roles,
  permissions: sorted(permissions),
  expiresAt,
});

/** Credentials with the same rights share one set, as long as the store remembers them. */
const sortedSets = new WeakMap<ReadonlySet<string>, readonly string[]>();

function sorted(permissions: ReadonlySet<string>): readonly string[] {
  const known = sortedSets.get(permissions);
  if (known) return known;
  const list = [...permissions].sort();
  sortedSets.set(permissions, list);
  return list;
}
