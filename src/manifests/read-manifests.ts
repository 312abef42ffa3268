/** Files to manifests: parsed, with their overlays merged in, and checked against the schema of their kind. */

import { hasErrors, type Issue } from "../core/issue.ts";
import type { ManifestFile } from "../core/ports.ts";
import { findKey } from "./find-key.ts";
import { issueAt } from "./issue-at.ts";
import {
  API_VERSION,
  MANIFEST_KINDS,
  type ManifestDocument,
  type ManifestEntry,
  type ManifestKind,
} from "./manifest.ts";
import { mergeNodes } from "./merge-nodes.ts";
import { parseYaml } from "./parse-yaml.ts";
import { quote } from "./quote.ts";
import { nodeAt, placeOf, positionOf, type SourceNode } from "./source-node.ts";
import { soundNode } from "./sound-node.ts";
import { sourceText } from "./source-text.ts";
import { suggest } from "./suggest.ts";
import { schemaErrors, schemaIssues } from "./validate-node.ts";

export interface ManifestsRead {
  /** All that say what they are, with what of them is sound. */
  readonly entries: readonly ManifestEntry[];
  /** `Role/catalog-editor` of every manifest that could be parsed, valid or not. */
  readonly declared: ReadonlySet<string>;
  /** False when a file could not be parsed, or a role has no name: what is declared there is not known. */
  readonly isComplete: boolean;
  readonly issues: readonly Issue[];
}

interface Reading {
  readonly merged: Map<string, ManifestDocument>;
  /** Nameless ones, and the second and further ones of a name. */
  readonly others: ManifestDocument[];
  readonly declared: Set<string>;
  readonly issues: Issue[];
  isComplete: boolean;
}

/** `files` in ascending order of their layers. */
export function readManifests(files: readonly ManifestFile[]): ManifestsRead {
  const reading: Reading = {
    merged: new Map(),
    others: [],
    declared: new Set(),
    issues: [],
    isComplete: true,
  };
  for (const file of files) {
    const { documents, issues } = readFile(file);
    reading.issues.push(...issues);
    if (hasErrors(issues)) reading.isComplete = false;
    for (const node of documents) addDocument(reading, node, file.layer);
  }
  const { merged, others, declared, isComplete, issues } = reading;
  // What lies in an overlay's layer says only what differs: its schema would find too much missing.
  const whole = others.filter(({ kind, name }) => merged.get(`${kind}/${name}`)?.isOverlaid !== true);
  const entries = [...merged.values(), ...whole].map((document) => readEntry(document, issues));
  return { entries, declared, isComplete, issues };
}

function readEntry(document: ManifestDocument, issues: Issue[]): ManifestEntry {
  const errors = schemaErrors(document.kind, document.node);
  if (errors.length === 0) return { ...document, isSound: true, hasUnknownField: false };
  const faults = schemaIssues(document.node, errors);
  issues.push(...faults);
  return {
    ...document,
    node: soundNode(document.node, errors),
    isSound: false,
    hasUnknownField: faults.some(({ code }) => code === "SCHEMA_UNKNOWN_FIELD"),
  };
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

function addDocument(reading: Reading, node: SourceNode, layer: number): void {
  const { merged, others, declared, issues } = reading;
  const fault = checkHead(node);
  if (fault) {
    issues.push(fault);
    declareUnread(reading, node);
    return;
  }
  const kind = headField(node, "kind") as ManifestKind;
  const name = nameOf(node);
  const document = { kind, layer, isIdentified: true, isOverlaid: false, node };
  if (name === undefined) {
    others.push({ ...document, name: "this key", isIdentified: false });
    if (kind === "Role") reading.isComplete = false;
    return;
  }
  const id = `${kind}/${name}`;
  const earlier = merged.get(id);
  declared.add(id);
  if (earlier?.layer === layer) {
    issues.push(duplicate(node, earlier, id));
    others.push({ ...document, name, isIdentified: false });
  } else if (earlier) {
    merged.set(id, { ...earlier, layer, isOverlaid: true, node: mergeNodes(earlier.node, node) });
  } else merged.set(id, { ...document, name });
}

const nameOf = (node: SourceNode): string | undefined => {
  const name = nodeAt(node, ["metadata", "name"])?.value;
  return typeof name === "string" ? name : undefined;
};

/** A document of no known form may still be the role that others name: it is not to be called unknown. */
function declareUnread(reading: Reading, node: SourceNode): void {
  const kind = headField(node, "kind");
  if (kind === "Config" || (kind !== "Role" && (MANIFEST_KINDS as readonly unknown[]).includes(kind))) return;
  const name = nameOf(node);
  if (name === undefined) reading.isComplete = false;
  else reading.declared.add(`Role/${name}`);
}

function duplicate(node: SourceNode, earlier: ManifestDocument, id: string): Issue {
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
