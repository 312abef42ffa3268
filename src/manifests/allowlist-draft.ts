/** What an IpAllowlist says, entry by entry, and the whole of it once all of them hold. */

import { parseRange, renderRange } from "../core/address-range.ts";
import type { AllowlistEntry, DesiredAllowlist } from "../core/desired.ts";
import { compareText, type Issue } from "../core/issue.ts";
import type { Check } from "./declarations.ts";
import { issueAt, type IssueText } from "./issue-at.ts";
import type { IpAllowlistParts, ManifestEntry } from "./manifest.ts";
import { quote } from "./quote.ts";
import { type NodePath, placeOf, positionOf, type SourceNode } from "./source-node.ts";

export interface AllowlistDraft {
  readonly name: string;
  /** In the one spelling of their addresses, each at its index; undefined: it has a fault. */
  readonly entries: readonly (AllowlistEntry | undefined)[];
  readonly issues: readonly Issue[];
  readonly node: SourceNode;
}

export function draftAllowlist({ name, node }: ManifestEntry): AllowlistDraft {
  const { spec = {} } = node.value as IpAllowlistParts;
  const issues: Issue[] = [];
  const entries = (spec.entries ?? []).map((entry, index): AllowlistEntry | undefined => {
    if (entry?.address === undefined) return undefined;
    const range = parseRange(entry.address);
    if (!("fault" in range)) return { address: renderRange(range), description: entry.description ?? "" };
    const message = `the address ${quote(entry.address)} ${range.fault}`;
    issues.push(issueIn(node, ["spec", "entries", index, "address"], { code: "ALLOWLIST_ADDRESS", message }));
    return undefined;
  });
  return { name, entries, issues, node };
}

/** `entry` is sound, and so are the draft's entries. */
export const buildAllowlist = ({ name, entries, node }: AllowlistDraft): DesiredAllowlist => ({
  kind: "IpAllowlist",
  name,
  entries: entries.flatMap((entry) => entry ?? []).toSorted((a, b) => compareText(a.address, b.address)),
  origin: positionOf(node, ["metadata", "name"]),
});

/** There is one list, and no address is on it twice. */
export const checkAllowlists: Check = ({ allowlists }) => {
  const [first, ...others] = allowlists;
  return [
    ...allowlists.flatMap(({ issues }) => issues),
    ...others.map(({ name, node }) => {
      const message = `${name} is a second IP allowlist: ${first?.name} is declared already`;
      const hint = "merge the two; there is one list";
      return issueIn(node, ["metadata", "name"], { code: "ALLOWLIST_DUPLICATE", message, hint });
    }),
    ...allowlists.flatMap(repeatedAddresses),
  ];
};

function repeatedAddresses({ entries, node }: AllowlistDraft): readonly Issue[] {
  const seen = new Set<string>();
  return entries.flatMap((entry, index) => {
    if (!entry) return [];
    const isRepeated = seen.has(entry.address);
    seen.add(entry.address);
    if (!isRepeated) return [];
    const text = {
      code: "ALLOWLIST_ADDRESS",
      message: `${entry.address} is on the list twice`,
      hint: "remove one",
    };
    return [issueIn(node, ["spec", "entries", index, "address"], text)];
  });
}

function issueIn(node: SourceNode, path: NodePath, text: IssueText): Issue {
  const place = placeOf(node, path);
  return issueAt(place.source, place.offset, text);
}
