import type { FastifyInstance } from "fastify";
import { callerOf } from "../../access/admit.ts";
import {
  MOST_ENTRIES,
  type NewAllowlistEntry,
  readAllowlist,
  replaceAllowlist,
  validateAllowlist,
} from "../../domain/ip-allowlist.ts";
import { isRefusal } from "../../domain/refusal.ts";
import type { StoreContext } from "../../domain/store-context.ts";
import { closed, listOf } from "../../routes/shapes.ts";
import { sendCortexRefusal } from "./cortex-error.ts";
import { NO_QUERY, OPTIONAL_PAGING_QUERY, TEXT, answers, optional, pageAnswer } from "./cortex-shapes.ts";
import { type PagingQuery, parsePage, renderPage, sliceOf } from "./paging.ts";

const ENTRY = closed(
  {
    address: { type: "string", maxLength: 64 },
    description: optional({ type: "string", format: "line", maxLength: 200 }),
  },
  ["address"],
);
const LIST = closed({ entries: listOf(ENTRY, { maxItems: MOST_ENTRIES }) }, ["entries"]);
/** In any case: Python writes `True`. */
const FORCE = closed({ force: { type: "string", pattern: "^([Tt]rue|TRUE|[Ff]alse|FALSE)$" } }, []);
const ENTRY_ANSWER = closed({ address: TEXT, description: TEXT }, ["address"]);
const CHECK_ANSWER = closed({ address: TEXT, description: TEXT, valid: { type: "boolean" }, error: TEXT }, [
  "address",
  "valid",
]);

interface Entry {
  readonly address: string;
  readonly description?: string | null;
}
interface List {
  readonly Body: { readonly entries: readonly Entry[] };
}

const config = { permission: "Configure IP allowlist" } as const;

export function addCortexAllowlistRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get<{ Querystring: PagingQuery }>(
    "/ip-allowlist",
    {
      config,
      schema: { querystring: OPTIONAL_PAGING_QUERY, response: answers(pageAnswer("entries", ENTRY_ANSWER)) },
    },
    async ({ query }) => {
      const page = parsePage(query);
      const entries = await readAllowlist(context);
      return { entries: sliceOf(entries, page).map(buildCortexEntry), ...renderPage(page, entries.length) };
    },
  );
  addReplacement(app, context);
  addValidation(app);
}

function addReplacement(app: FastifyInstance, context: StoreContext): void {
  app.put<List & { Querystring: { readonly force?: string } }>(
    "/ip-allowlist",
    {
      config,
      schema: {
        querystring: FORCE,
        body: LIST,
        response: answers(closed({ entries: listOf(ENTRY_ANSWER) }, ["entries"])),
      },
    },
    async (request, reply) => {
      const force = request.query.force?.toLowerCase() === "true";
      const entries = request.body.entries.map(parseEntry);
      const list = await replaceAllowlist(context, callerOf(request), entries, { force });
      return isRefusal(list) ? sendCortexRefusal(reply, list) : { entries: list.map(buildCortexEntry) };
    },
  );
}

/** Each entry with what is wrong with it; nothing changes. */
function addValidation(app: FastifyInstance): void {
  app.post<List>(
    "/ip-allowlist/validate",
    {
      config,
      schema: {
        querystring: NO_QUERY,
        body: LIST,
        response: answers(closed({ entries: listOf(CHECK_ANSWER) }, ["entries"])),
      },
    },
    (request) => {
      const entries = request.body.entries.map(parseEntry);
      const { faults } = validateAllowlist(entries, null);
      const errors = new Map(faults.map(({ index, detail }) => [index, `The address ${detail}.`]));
      return {
        entries: entries.map((entry, index) => {
          const error = errors.get(index);
          return { ...buildCortexEntry(entry), valid: error === undefined, ...(error && { error }) };
        }),
      };
    },
  );
}

const parseEntry = ({ address, description }: Entry): NewAllowlistEntry => ({
  address,
  ...(description && { description }),
});

const buildCortexEntry = ({ address, description }: NewAllowlistEntry): NewAllowlistEntry => ({
  address,
  ...(description && { description }),
});
