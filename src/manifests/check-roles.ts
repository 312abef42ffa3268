import type { Issue } from "../core/issue.ts";
import type { Check, Declarations } from "./declarations.ts";
import { issueAt } from "./issue-at.ts";
import type { RoleSpec } from "./manifest.ts";
import { nodeAt, type NodePath, type SourceNode } from "./source-node.ts";
import { suggestOrList } from "./suggest.ts";

/** Custom roles are declared as Role manifests, wherever they are named. */
export const checkRoles: Check = (all) => {
  if (!all.isComplete) return [];
  return [
    ...all.keys.flatMap(({ node }) => unknownRoles(all, node, ["spec", "roles"])),
    ...all.policies.flatMap(({ node }) => unknownRoles(all, node, ["spec", "allowedRoles"])),
  ];
};

function unknownRoles({ declared }: Declarations, node: SourceNode, path: NodePath): readonly Issue[] {
  const items = nodeAt(node, path)?.items ?? [];
  return items.flatMap((item) => {
    const role = item.value as RoleSpec | undefined;
    if (
      role === undefined ||
      typeof role === "string" ||
      "name" in role ||
      declared.has(`Role/${role.custom}`)
    )
      return [];
    const place = nodeAt(item, ["custom"]) ?? item;
    const tags = [...declared].filter((id) => id.startsWith("Role/")).map((id) => id.slice("Role/".length));
    const hint = suggestOrList(role.custom, tags, "declare it by a manifest of kind Role");
    const message = `no manifest declares the role ${role.custom}`;
    return [issueAt(place.source, place.offset, { code: "ROLE_UNKNOWN", message, hint })];
  });
}
