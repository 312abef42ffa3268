import type { FastifyInstance, FastifyReply } from "fastify";
import { callerOf } from "../access/admit.ts";
import {
  type AllowlistCheck,
  type AllowlistEntry,
  MOST_ENTRIES,
  type NewAllowlistEntry,
  allowlistVersion,
  readAllowlist,
  replaceAllowlist,
  validateAllowlist,
} from "../domain/ip-allowlist.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { StoreContext } from "../domain/store-context.ts";
import type { FieldFault } from "../field-fault.ts";
import { sendProblem, sendRefusal } from "../problem.ts";
import { CHANGE_HEADERS, READ_HEADERS, ifMatchOf, sendTagged } from "./entity-tag.ts";
import { ALLOWLIST_ANSWER, ALLOWLIST_CHECK_ANSWER, closed, listOf } from "./shapes.ts";

const ENTRY = closed(
  {
    address: { type: "string", maxLength: 64 },
    description: { type: "string", format: "line", maxLength: 200 },
  },
  ["address"],
);
const LIST = closed({ entries: listOf(ENTRY, { maxItems: MOST_ENTRIES }) }, ["entries"]);
const FORCE = closed({ force: { enum: ["true", "false"] } }, []);
const MOST_ERRORS = 20;
const PERMISSION = { permission: "Configure IP allowlist" } as const;

interface List {
  readonly Body: { readonly entries: readonly NewAllowlistEntry[] };
}

export function addIpAllowlistRoutes(app: FastifyInstance, context: StoreContext): void {
  app.get(
    "/v1/ip-allowlist",
    { config: PERMISSION, schema: { headers: READ_HEADERS, response: { 200: ALLOWLIST_ANSWER } } },
    async (_request, reply) => sendList(reply, await readAllowlist(context)),
  );
  addReplacement(app, context);
  app.post<List>(
    "/v1/ip-allowlist/validate",
    { config: PERMISSION, schema: { body: LIST, response: { 200: ALLOWLIST_CHECK_ANSWER } } },
    (request) => {
      const { ipAddress } = callerOf(request);
      const check = validateAllowlist(request.body.entries, ipAddress);
      const { entries, faults, locksOut } = check;
      const valid = faults.length === 0;
      return { valid, entries, errors: describe(check), wouldLockOut: locksOut, callerAddress: ipAddress };
    },
  );
}

function addReplacement(app: FastifyInstance, context: StoreContext): void {
  app.put<List & { Querystring: { readonly force?: "true" | "false" } }>(
    "/v1/ip-allowlist",
    {
      config: PERMISSION,
      schema: {
        querystring: FORCE,
        headers: CHANGE_HEADERS,
        body: LIST,
        response: { 200: ALLOWLIST_ANSWER },
      },
    },
    async (request, reply) => {
      const { entries } = request.body;
      const errors = describe(validateAllowlist(entries, null));
      if (errors.length > 0)
        return sendProblem(reply, "invalid-request", { errors: errors.slice(0, MOST_ERRORS) });
      const terms = { force: request.query.force === "true", ifMatch: ifMatchOf(request) };
      const list = await replaceAllowlist(context, callerOf(request), entries, terms);
      return isRefusal(list) ? sendRefusal(reply, list) : sendList(reply, list);
    },
  );
}

const sendList = (reply: FastifyReply, entries: readonly AllowlistEntry[]): FastifyReply =>
  sendTagged(reply, allowlistVersion(entries), { entries });

const describe = ({ faults }: AllowlistCheck): readonly FieldFault[] =>
  faults.map(({ index, detail }) => ({ pointer: `#/entries/${index}/address`, detail }));
