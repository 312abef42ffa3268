/** `/public_api/v1/asset-groups`: the groups that scopes name, since the store has no assets of its own. */

import type { FastifyInstance } from "fastify";
import { statusOf } from "../../domain/key.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { closed, listOf } from "../../routes/shapes.ts";
import { sendCloudError } from "./cloud-error.ts";
import {
  INTEGER,
  PAGE_RULE,
  PAGING,
  type Paging,
  type RequestData,
  TEXT,
  pageOf,
  requestData,
} from "./cloud-shapes.ts";
import { assetGroupsOf, groupName } from "./scope.ts";

const ID = "XDM.ASSET_GROUP.ID";
const NAME = "XDM.ASSET_GROUP.NAME";
const TYPE = "XDM.ASSET_GROUP.TYPE";

interface Condition {
  readonly SEARCH_FIELD: typeof ID | typeof NAME | typeof TYPE;
  readonly SEARCH_TYPE: "EQ" | "NEQ" | "CONTAINS";
  readonly SEARCH_VALUE: string | number;
}

interface Search extends Paging {
  readonly filters?: { readonly AND?: readonly Condition[] };
  readonly sort?: readonly { readonly FIELD: Condition["SEARCH_FIELD"]; readonly ORDER: "ASC" | "DESC" }[];
}

const FIELD = { enum: [ID, NAME, TYPE] };
const CONDITION = closed(
  {
    SEARCH_FIELD: FIELD,
    SEARCH_TYPE: { enum: ["EQ", "NEQ", "CONTAINS"] },
    SEARCH_VALUE: { type: ["string", "integer"], maxLength: 200 },
  },
  ["SEARCH_FIELD", "SEARCH_TYPE", "SEARCH_VALUE"],
);
const SORT = closed({ FIELD, ORDER: { enum: ["ASC", "DESC"] } }, ["FIELD", "ORDER"]);
const GROUP = closed({ [ID]: INTEGER, [NAME]: TEXT, [TYPE]: TEXT, IS_USED_BY_SBAC: { type: "boolean" } }, [
  ID,
  NAME,
  TYPE,
]);
const COUNTS = closed({ filter_count: INTEGER, total_count: INTEGER }, ["filter_count", "total_count"]);

type Group = Readonly<Record<typeof ID | typeof NAME | typeof TYPE, string | number>>;

export function addAssetGroupRoutes(app: FastifyInstance, context: StoreContext): void {
  app.post<{ Body: RequestData<Search> }>(
    "/v1/asset-groups",
    {
      config: { permission: "View API keys" },
      schema: {
        body: requestData(
          {
            filters: closed({ AND: listOf(CONDITION, { maxItems: 20 }) }, []),
            sort: listOf(SORT, { maxItems: 1 }),
            ...PAGING,
          },
          [],
        ),
        response: {
          200: closed({ reply: closed({ data: listOf(GROUP), metadata: COUNTS }, ["data", "metadata"]) }, [
            "reply",
          ]),
        },
      },
    },
    async ({ body: { request_data: search } }, reply) => {
      const page = pageOf(search);
      if (!page) return sendCloudError(reply, 400, PAGE_RULE);
      const groups = await readGroups(context);
      const found = sort(
        groups.filter((group) => (search.filters?.AND ?? []).every((condition) => holds(group, condition))),
        search.sort?.[0],
      );
      const data = found.slice(page.offset, page.offset + page.limit);
      return { reply: { data, metadata: { filter_count: found.length, total_count: groups.length } } };
    },
  );
}

async function readGroups({ database, clock }: StoreContext): Promise<readonly Group[]> {
  const now = clock.now();
  const rows = await database.selectFrom("keys").selectAll().where("scope", "is not", null).execute();
  const scopes = rows.flatMap((row) => (statusOf(row, now) === "revoked" ? [] : (row.scope ?? [])));
  return assetGroupsOf(scopes).map((id) => ({
    [ID]: id,
    [NAME]: groupName(id),
    [TYPE]: "Static",
    IS_USED_BY_SBAC: true,
  }));
}

function holds(group: Group, { SEARCH_FIELD, SEARCH_TYPE, SEARCH_VALUE }: Condition): boolean {
  const value = String(group[SEARCH_FIELD]).toLowerCase();
  const wanted = String(SEARCH_VALUE).toLowerCase();
  if (SEARCH_TYPE === "CONTAINS") return value.includes(wanted);
  return (value === wanted) === (SEARCH_TYPE === "EQ");
}

/** The groups come by number, which is also the order of what their names and types say. */
const sort = (groups: readonly Group[], by: NonNullable<Search["sort"]>[number] | undefined) =>
  by?.ORDER === "DESC" ? groups.toReversed() : groups;
