import type { FastifyInstance } from "fastify";
import { callerOf } from "../access/admit.ts";
import { type Policy, readPolicy, replacePolicy } from "../domain/policy.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { sendRefusal } from "../problem.ts";
import { CHANGE_HEADERS, READ_HEADERS, ifMatchOf, sendTagged } from "./entity-tag.ts";
import { POLICY_ANSWER, ROLE_TEXT, closed } from "./shapes.ts";

const CONTENT = closed(
  {
    requireExpiration: { type: "boolean" },
    maxLifetimeDays: { type: ["integer", "null"], minimum: 1, maximum: 400 },
    allowedRoles: { type: ["array", "null"], items: ROLE_TEXT, maxItems: 200, uniqueItems: true },
  },
  ["requireExpiration"],
);
const ANYTHING = { maxLifetimeDays: null, allowedRoles: null };

export function addPolicyRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get(
    "/v1/policy",
    {
      config: { permission: "View security policy" },
      schema: { headers: READ_HEADERS, response: { 200: POLICY_ANSWER } },
    },
    async (_request, reply) => {
      const policy = await readPolicy(context.database);
      return sendTagged(reply, policy.version, policy);
    },
  );
  app.put<{ Body: Partial<Policy> & Pick<Policy, "requireExpiration"> }>(
    "/v1/policy",
    {
      config: { permission: "Edit security policy" },
      schema: { headers: CHANGE_HEADERS, body: CONTENT, response: { 200: POLICY_ANSWER } },
    },
    async (request, reply) => {
      const content = { ...ANYTHING, ...request.body };
      const policy = await replacePolicy(context, callerOf(request), content, ifMatchOf(request));
      return isRefusal(policy) ? sendRefusal(reply, policy) : sendTagged(reply, policy.version, policy);
    },
  );
}
