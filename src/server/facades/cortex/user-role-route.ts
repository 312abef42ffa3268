import type { FastifyInstance } from "fastify";
import { parseRoles } from "../../domain/key.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { closed, listOf } from "../../routes/shapes.ts";
import { buildCortexRole } from "./cortex-key.ts";
import { TEXT, answers, pageAnswer } from "./cortex-shapes.ts";
import { LIST, type ListParameter, parseList } from "./list-parameter.ts";
import { PAGING, type Page, type PagingQuery, parsePage, renderPage } from "./paging.ts";

const USER = closed(
  { email: TEXT, name: TEXT, roles: listOf(closed({ type: TEXT, role: TEXT, tag: TEXT }, ["type"])) },
  ["email", "name", "roles"],
);
const QUERY = closed({ ...PAGING, email: LIST }, []);

/**
 * Who has which roles: the active users, by creation. The real service asks for the permission to view roles; here
 * it shows who the users are, so it is the one to view users, as in the native API.
 */
export function addCortexUserRoleRoute(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: PagingQuery & { readonly email?: ListParameter } }>(
    "/users/roles",
    {
      config: { permission: "View users" },
      schema: { querystring: QUERY, response: answers(pageAnswer("users", USER)) },
    },
    async ({ query }) => {
      const page = parsePage(query);
      const { users, total } = await listActiveUsers(context, parseList(query.email), page);
      return { users, ...renderPage(page, total) };
    },
  );
}

async function listActiveUsers(
  { database }: StoreContext,
  emails: readonly string[] | undefined,
  page: Page,
) {
  const all = database.selectFrom("users").where("status", "=", "active");
  const found = emails
    ? all.where(
        "email",
        "in",
        emails.map((email) => email.normalize("NFC").toLowerCase()),
      )
    : all;
  const { total } = await found
    .select((eb) => eb.fn.countAll<number | string>().as("total"))
    .executeTakeFirstOrThrow();
  const rows = await found.selectAll().orderBy("id").limit(page.limit).offset(page.offset).execute();
  const users = rows.map((row) => ({
    email: row.email,
    name: row.name,
    roles: parseRoles(row).map(buildCortexRole).map(nameBasic),
  }));
  return { users, total: Number(total) };
}

/** What a key's role calls DEFAULT is BASIC here. */
const nameBasic = ({ type, ...rest }: ReturnType<typeof buildCortexRole>) => ({
  type: type === "DEFAULT" ? "BASIC" : type,
  ...rest,
});
