import type { KeyRecord } from "../key-record.ts";
import type { RunRecord } from "../run.ts";
import type { Matter, Observed } from "./matter.ts";

type Records = ReadonlyMap<string, Pick<KeyRecord, "leaked">>;

/** Whether there may be something to tell: the ledger is to be read again then. */
export const hasLeaks = (before: Records, { requests = [] }: Pick<RunRecord, "requests">): boolean =>
  requests.some(({ type }) => type === "leak") || [...before.values()].some(isLeaked);

/** Keys whose secret was in wrong hands, and which this run made harmless. */
export function observeLeaks(before: Records, after: Records, run: RunRecord): Observed {
  const asked = (run.requests ?? []).flatMap(({ type, name }) => (type === "leak" ? name : []));
  const open = [...before].flatMap(([name, record]) => (isLeaked(record) ? name : []));
  const names = [...new Set([...asked, ...open])].toSorted();
  return {
    matters: names.filter((name) => isHandled(name, asked, after, run)).map((name) => handled(name, run)),
    isGone: () => false,
  };
}

const isLeaked = ({ leaked = [] }: Pick<KeyRecord, "leaked">): boolean => leaked.length > 0;

/** A run that was ended before it came to it wrote nothing down. */
function isHandled(name: string, asked: readonly string[], after: Records, { changes }: RunRecord): boolean {
  if (isLeaked(after.get(name) ?? {})) return false;
  const own = changes.filter((change) => change.name === name);
  return !asked.includes(name) || (own.length > 0 && own.every(({ outcome }) => outcome === "applied"));
}

function handled(name: string, { id, changes, requests = [] }: RunRecord): Matter {
  const isReplaced = changes.some((change) => change.name === name && change.action === "rotate");
  const reason = requests.find((request) => request.name === name)?.reason;
  const what = isReplaced ? "replaced and revoked" : "revoked";
  const why = reason === undefined ? "" : ` (${reason})`;
  const item = {
    key: `leak/ApiKey/${name}/${id}`,
    message: `a leaked key of ${name} was ${what}${why}`,
    kind: "ApiKey" as const,
    name,
  };
  return { family: "leak", item };
}
