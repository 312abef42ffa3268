import type { FastifyInstance } from "fastify";
import { describePermissions } from "../domain/permission-descriptions.ts";
import { closed, listOf } from "./shapes.ts";

const TEXT = { type: "string" };
const ANSWER = closed(
  { permissions: listOf(closed({ name: TEXT, description: TEXT }, ["name", "description"])) },
  ["permissions"],
);

export function addPermissionRoute(app: FastifyInstance): void {
  app.get(
    "/v1/permissions",
    { config: { permission: "View roles" }, schema: { response: { 200: ANSWER } } },
    () => ({ permissions: describePermissions() }),
  );
}
