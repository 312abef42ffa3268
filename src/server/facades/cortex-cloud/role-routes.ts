/** `/platform/iam/v1/role…`: the registry of roles. */

import type { FastifyInstance } from "fastify";
import { callerOf } from "../../access/admit.ts";
import { type RoleContent, deleteRole, putRole } from "../../domain/role.ts";
import { type Refusal, isRefusal } from "../../domain/refusal.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { PERMISSION_CONFIG_ANSWER } from "./answer-shapes.ts";
import { DESCRIPTION, NAME, ROLE_TAG, closed, listOf } from "../../routes/shapes.ts";
import { sendCloudRefusal } from "./cloud-error.ts";
import { type CloudRole, readCloudRoles } from "./cloud-role.ts";
import { DONE, INTEGER, type RequestData, TEXT, requestData } from "./cloud-shapes.ts";
import { type Creator, readCreators } from "./creators.ts";
import { COMPONENT_KEYS, PERMISSION_CONFIG, permissionsOfComponents } from "./permission-components.ts";

const ROLE = closed(
  {
    role_id: TEXT,
    pretty_name: TEXT,
    description: TEXT,
    is_custom: { type: "boolean" },
    created_by: TEXT,
    created_ts: INTEGER,
    updated_ts: INTEGER,
  },
  ["role_id", "pretty_name", "description", "is_custom", "created_by", "created_ts", "updated_ts"],
);

interface NewRole {
  readonly pretty_name: string;
  readonly description?: string;
  readonly component_permissions: readonly string[];
}

export function addRoleRoutes(app: FastifyInstance, context: StoreContext): void {
  addReads(app, context);
  addCreate(app, context);
  addDelete(app, context);
}

function addCreate(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: RequestData<NewRole> }>(
    "/v1/role",
    {
      config: { permission: "Edit roles" },
      schema: {
        body: requestData(
          {
            pretty_name: NAME,
            description: DESCRIPTION,
            component_permissions: listOf({ enum: COMPONENT_KEYS }, { maxItems: 100 }),
            // This store has no datasets to give access to.
            dataset_permissions: listOf({}, { maxItems: 0 }),
          },
          ["pretty_name", "component_permissions"],
        ),
        response: { 201: DONE },
      },
    },
    async (request, reply) => {
      const created = await createRole(context, request.body.request_data, (tag, content) =>
        putRole(context, callerOf(request), tag, content, "create"),
      );
      if (typeof created !== "string") return sendCloudRefusal(reply, created);
      return reply.code(201).send({ data: { message: `role_id ${created} created successfully.` } });
    },
  );
}

function addDelete(app: FastifyInstance, context: StoreContext): void {
  app.delete<{ Params: { id: string } }>(
    "/v1/role/:id",
    {
      config: { permission: "Edit roles" },
      schema: { params: closed({ id: ROLE_TAG }, ["id"]), response: { 200: DONE } },
    },
    async (request, reply) => {
      const { id } = request.params;
      const refusal = await deleteRole(context, callerOf(request), id);
      if (refusal) return sendCloudRefusal(reply, refusal);
      return { data: { message: `role_id ${id} deleted successfully.` } };
    },
  );
}

function addReads(app: FastifyInstance, context: StoreContext): void {
  const counted = closed({ total_count: INTEGER }, ["total_count"]);
  const answer = closed({ data: listOf(ROLE), metadata: counted }, ["data", "metadata"]);
  app.get(
    "/v1/role",
    { config: { permission: "View roles" }, schema: { response: { 200: answer } } },
    async () => {
      const roles = await readCloudRoles(context.database);
      const { created_at: storeMadeAt } = await context.database
        .selectFrom("store")
        .select("created_at")
        .executeTakeFirstOrThrow();
      const creatorOf = await readCreators(
        context.database,
        roles.map(({ createdBy }) => createdBy),
      );
      const data = roles.map((role) => buildRole(role, creatorOf(role.createdBy), storeMadeAt));
      return { data, metadata: { total_count: data.length } };
    },
  );
  app.get(
    "/v1/role/permission-config",
    { config: { permission: "View roles" }, schema: { response: { 200: PERMISSION_CONFIG_ANSWER } } },
    () => ({ data: { rbac_permissions: PERMISSION_CONFIG, datasetGroups: [] } }),
  );
}

/** Predefined roles are as old as the store. */
const buildRole = (role: CloudRole, creator: Creator, storeMadeAt: string) => ({
  role_id: role.id,
  pretty_name: role.name,
  description: role.description,
  is_custom: role.ref.type === "custom",
  created_by: creator.name,
  created_ts: Date.parse(role.createdAt ?? storeMadeAt),
  updated_ts: Date.parse(role.updatedAt ?? storeMadeAt),
});

type PutRole = (tag: string, content: RoleContent) => ReturnType<typeof putRole>;

/** The new role's id. */
async function createRole(
  context: StoreContext,
  { pretty_name: displayName, description, component_permissions: components }: NewRole,
  put: PutRole,
): Promise<string | Refusal> {
  const taken: Refusal = {
    refused: "role-reserved",
    detail: `The role name ${displayName} is already utilized by another role.`,
  };
  const known = await readCloudRoles(context.database);
  if (known.some(({ name, id }) => name === displayName || id === displayName)) return taken;
  const tag = freeTag(displayName, known, context);
  const permissions = permissionsOfComponents(components);
  const made = await put(tag, { displayName, permissions, ...(description && { description }) });
  if (!isRefusal(made)) return tag;
  return made.refused === "precondition-failed" ? taken : made;
}

/** Made of the name, so that two roles of one name that are made at once collide. */
function freeTag(name: string, known: readonly CloudRole[], { random }: StoreContext): string {
  const slug = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 40)
    .replaceAll(/^-|-$/g, "");
  const isFree = slug !== "" && !known.some(({ id }) => id.toLowerCase() === slug);
  return isFree ? slug : `role-${Buffer.from(random.bytes(6)).toString("hex")}`;
}
