/** Files to manifests: parsed, with their overlays merged in, and checked against the schema of their kind. */

import type { Issue } from "../core/issue.ts";
import type { ManifestFile } from "../core/ports.ts";
import { findKey } from "./find-key.ts";
import { issueAt } from "./issue-at.ts";
import { API_VERSION, MANIFEST_KINDS, type ManifestEntry, type ManifestKind } from "./manifest.ts";
import { mergeNodes } from "./merge-nodes.ts";
import { parseYaml } from "./parse-yaml.ts";
import { quote } from "./quote.ts";
import { nodeAt, placeOf, positionOf, type SourceNode } from "./source-node.ts";
import { sourceText } from "./source-text.ts";
import { suggest } from "./suggest.ts";
import { validateNode } from "./validate-node.ts";

export interface ManifestsRead {
  /** In the order of their names; those that do not fit their schema have left. */
  readonly entries: readonly ManifestEntry[];
  /** `Role/catalog-editor` of every manifest that could be parsed, valid or not. */
  readonly declared: ReadonlySet<string>;
  /** False when a file could not be parsed: what it declares is not known. */
  readonly isComplete: boolean;
  readonly issues: readonly Issue[];
}

/** `files` in ascending order of their layers. */
export function readManifests(files: readonly ManifestFile[]): ManifestsRead {
  const issues: Issue[] = [];
  const merged = new Map<string, ManifestEntry>();
  let isComplete = true;
  for (const file of files) {
    const { documents, issues: faults } = readFile(file);
    issues.push(...faults);
    if (faults.some(({ severity }) => severity === "error")) isComplete = false;
    for (const node of documents) addDocument(merged, issues, node, file.layer);
  }
  const entries: ManifestEntry[] = [];
  for (const entry of merged.values()) {
    const faults = validateNode(entry.kind, entry.node);
    if (faults.length === 0) entries.push(entry);
    issues.push(...faults);
  }
  return { entries, declared: new Set(merged.keys()), isComplete, issues };
}

/** An address with a user and a password in it is not shown to anyone. */
const hasNoCredential = (line: string): boolean => !/:\/\/[^/\s]{1,2048}@/.test(line);

function readFile({ path, text }: ManifestFile): ReturnType<typeof parseYaml> {
  if (findKey(path) !== undefined) return { documents: [], issues: [KEY_IN_PATH] };
  const source = sourceText(path, text, hasNoCredential);
  const reading = parseYaml(source);
  if (reading.documents.length > 0 || reading.issues.length > 0) return reading;
  const empty = issueAt(source, 0, {
    code: "MANIFEST_EMPTY",
    severity: "warning",
    message: "the file declares nothing",
    hint: "delete it, or fill it",
  });
  return { documents: [], issues: [empty] };
}

const KEY_IN_PATH: Issue = {
  code: "KEY_IN_TEXT",
  severity: "error",
  message: "a real API key stands in the name of a manifest file; it is not repeated",
  hint: "treat it as leaked: rotate it, then rename the file and take it out of the history",
};

function addDocument(
  merged: Map<string, ManifestEntry>,
  issues: Issue[],
  node: SourceNode,
  layer: number,
): void {
  const fault = checkHead(node);
  if (fault) {
    issues.push(fault);
    return;
  }
  const kind = nodeAt(node, ["kind"])?.value as ManifestKind;
  const name = nodeAt(node, ["metadata", "name"])?.value;
  if (typeof name !== "string") {
    // Its name is what makes a manifest: the schema tells what is missing.
    issues.push(...validateNode(kind, node));
    return;
  }
  const id = `${kind}/${name}`;
  const earlier = merged.get(id);
  if (earlier?.layer === layer) issues.push(duplicate(node, earlier, id));
  else if (earlier)
    merged.set(id, { ...earlier, layer, isOverlaid: true, node: mergeNodes(earlier.node, node) });
  else merged.set(id, { kind, name, layer, isOverlaid: false, node });
}

function duplicate(node: SourceNode, earlier: ManifestEntry, id: string): Issue {
  const place = placeOf(node, ["metadata", "name"]);
  const first = positionOf(earlier.node, ["metadata", "name"]);
  return issueAt(place.source, place.offset, {
    code: "NAME_DUPLICATE",
    message: `${id} is declared twice: also at ${first.file}:${first.line}:${first.column}`,
    hint: "rename one; only files of a later pattern of `manifests` overlay earlier ones",
  });
}

/** What a document must say before its schema is known. */
function checkHead(node: SourceNode): Issue | undefined {
  if (!node.members) {
    const hint = `begin with \`apiVersion: ${API_VERSION}\` and \`kind:\``;
    return issueAt(node.source, node.offset, {
      code: "MANIFEST_SHAPE",
      message: "a manifest is a mapping",
      hint,
    });
  }
  const version = headField(node, "apiVersion");
  if (version !== API_VERSION) {
    const place = placeOf(node, ["apiVersion"]);
    const message = version === undefined ? "apiVersion is missing" : "this apiVersion is not known";
    return issueAt(place.source, place.offset, {
      code: "MANIFEST_API_VERSION",
      message,
      hint: `write apiVersion: ${API_VERSION}`,
    });
  }
  const kind = headField(node, "kind");
  if (typeof kind === "string" && (MANIFEST_KINDS as readonly string[]).includes(kind)) return undefined;
  const place = placeOf(node, ["kind"]);
  return issueAt(place.source, place.offset, { code: "MANIFEST_KIND", ...kindFault(kind) });
}

const headField = (node: SourceNode, field: string): unknown => nodeAt(node, [field])?.value;

function kindFault(kind: unknown): { readonly message: string; readonly hint: string } {
  const known = `known: ${MANIFEST_KINDS.join(", ")}`;
  if (typeof kind !== "string") return { message: "kind is missing, or is no word", hint: known };
  if (kind === "Config") {
    const hint = "keep the configuration out of what `manifests` matches";
    return { message: "a configuration is no manifest", hint };
  }
  return { message: `kind ${quote(kind)} is not known`, hint: suggest(kind, MANIFEST_KINDS) ?? known };
}
