import type { FastifyInstance } from "fastify";
import { DEFAULT_ROLES } from "../../core/role-ref.ts";
import { callerOf } from "../access/admit.ts";
import { type Policy, readPolicy, replacePolicy } from "../domain/policy.ts";
import type { StoreContext } from "../domain/store-context.ts";
import { POLICY_ANSWER, closed } from "./shapes.ts";

const ROLE_TEXT = {
  type: "string",
  pattern: `^(${DEFAULT_ROLES.join("|")}|custom:[A-Za-z0-9][A-Za-z0-9_-]{0,63})$`,
};
const CONTENT = closed(
  {
    requireExpiration: { type: "boolean" },
    maxLifetimeDays: { type: ["integer", "null"], minimum: 1, maximum: 400 },
    allowedRoles: { type: ["array", "null"], items: ROLE_TEXT, maxItems: 200, uniqueItems: true },
  },
  ["requireExpiration"],
);

export function addPolicyRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get(
    "/v1/policy",
    { config: { permission: "View security policy" }, schema: { response: { 200: POLICY_ANSWER } } },
    () => readPolicy(context.database),
  );
  app.put<{ Body: Partial<Policy> & Pick<Policy, "requireExpiration"> }>(
    "/v1/policy",
    {
      config: { permission: "Edit security policy" },
      schema: { body: CONTENT, response: { 200: POLICY_ANSWER } },
    },
    (request) =>
      replacePolicy(context, callerOf(request), {
        maxLifetimeDays: null,
        allowedRoles: null,
        ...request.body,
      }),
  );
}
