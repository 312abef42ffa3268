/** Manifests for live keys that no manifest declares. Pure: what is written where is decided here, and nothing is written. */

import picomatch from "picomatch";
import type { DesiredState } from "../../core/desired.ts";
import { compareText, hasErrors } from "../../core/issue.ts";
import type { ScopeArea } from "../../core/key-scope.ts";
import { keyText } from "../../core/key-text.ts";
import type { LiveKey } from "../../core/live.ts";
import { readManifests } from "../read-manifests.ts";
import { freeName, takenNames, type TakenNames } from "./free-name.ts";
import { keySpec } from "./key-spec.ts";
import { createOwnerGuess, type OwnerGuess } from "./owner-guess.ts";
import { lineFit, slugOf } from "./store-text.ts";
import { writeYaml } from "./write-yaml.ts";

export interface ImportOptions {
  /** Keys that are ours, or are to become so, and names that are taken. */
  readonly desired: DesiredState;
  /** Names that ledger and store know besides. */
  readonly usedNames: readonly string[];
  /** Ids of the keys that we may be running with. */
  readonly ownKeyIds: readonly string[];
  /** `KeyStore.identity`. */
  readonly store: string;
  /** What an update changes in this store: see `StoreCapabilities`. Nothing else can be altered by an adoption. */
  readonly updatable: readonly string[];
  /** A glob on names in the store, or descriptions where there are no names; absent: all. */
  readonly only?: string;
  /** `owner`: a directory for each guessed owner. */
  readonly group: "flat" | "owner";
}

export interface ImportedManifest {
  readonly kind: "ApiKey" | "Role";
  readonly name: string;
  /** Relative to where all of them go, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** Of a key. */
  readonly key?: LiveKey;
  /** Of a key: what adopting it changes, because manifests cannot say it as the store has it. */
  readonly altered: readonly string[];
}

export interface SkippedKey {
  readonly key: LiveKey;
  readonly why: string;
  /** Whether it should have been imported, and no manifest can declare it. */
  readonly isFault: boolean;
}

export interface ImportedManifests {
  readonly manifests: readonly ImportedManifest[];
  /** Keys that one could expect among them; our own are none of these. */
  readonly skipped: readonly SkippedKey[];
  /** How many keys `only` met, ours among them. */
  readonly met: number;
}

/** `keys`: all that the store lists. The order of inputs never shows. */
export function importManifests(keys: readonly LiveKey[], options: ImportOptions): ImportedManifests {
  const met = keys.filter(createFilter(options.only));
  const found = met.filter(({ marker }) => marker?.instance !== options.desired.instance).toSorted(inOrder);
  const sorted = found.map((key) => ({ key, why: obstacle(key, options) }));
  const free = sorted.flatMap(({ key, why }) => (why === undefined ? [key] : []));
  const guess = createOwnerGuess(free);
  const places = createPlaces(options);
  const written = free.map((key) => writeKey(key, guess(key), places, options));
  const manifests = written.filter((each) => "text" in each);
  return {
    manifests: [...manifests, ...externalRoles(manifests, places, options)],
    skipped: [
      ...sorted.flatMap(({ key, why }) => (why === undefined ? [] : [{ key, why, isFault: false }])),
      ...written.filter((each) => "why" in each),
    ],
    met: met.length,
  };
}

const inOrder = (a: LiveKey, b: LiveKey): number =>
  compareText(a.displayName, b.displayName) ||
  compareText(a.createdAt, b.createdAt) ||
  compareText(a.id, b.id);

/** What people see of a key: not every store has names. */
const nameThere = ({ displayName, description }: LiveKey): string =>
  displayName === "" ? lineFit(description, LONGEST_LINE) : displayName;

/** Whether `only`, as in `ImportOptions`, meets a key. */
export function createFilter(only: string | undefined): (key: LiveKey) => boolean {
  const isWanted = matcherOf(only);
  return (key) => isWanted(nameThere(key));
}

/** A name in a store is no path: a star goes past slashes too. */
const matcherOf = (only: string | undefined): ((name: string) => boolean) =>
  only === undefined ? () => true : picomatch(only, { dot: true, bash: true });

function obstacle(
  { id, marker, status }: LiveKey,
  { desired, ownKeyIds }: ImportOptions,
): string | undefined {
  if (ownKeyIds.includes(id)) return "Keywright itself runs with it";
  if (marker) return `instance ${marker.instance} manages it`;
  const declared = desired.keys.find(({ adopt }) => adopt?.id === id);
  if (declared) return `${declared.name} declares it already`;
  if (status === "active") return undefined;
  return status === "expired" ? "it has expired" : "it was never used yet";
}

interface Places {
  /** Names of keys that are taken. */
  readonly names: TakenNames;
  readonly files: Set<string>;
}

const createPlaces = ({ desired, usedNames }: ImportOptions): Places => ({
  names: takenNames([
    ...desired.keys.flatMap(({ name, previousNames }) => [name, ...previousNames]),
    ...usedNames,
  ]),
  files: new Set(),
});

function writeKey(
  key: LiveKey,
  owner: OwnerGuess,
  { names, files }: Places,
  { store, group, updatable }: ImportOptions,
): ImportedManifest | SkippedKey {
  const wish =
    slugOf(lineFit(nameThere(key), LONGEST_LINE), LONGEST_LINE) || `unnamed-${slugOf(key.id, LONGEST_LINE)}`;
  const name = freeName(wish, names);
  const { manifest, unsaid, ...spec } = keySpec(key, name);
  const altered = spec.altered.filter((field) => updatable.includes(field));
  const directory = group === "owner" ? `${owner.group}/` : "";
  const head = [...aboutKey(key, store), ...(group === "owner" ? [`It was sorted here ${owner.why}.`] : [])];
  const text = writeYaml(
    { kind: "ApiKey", ...manifest },
    [...head, ...aboutAltered(altered), ...aboutUnsaid(unsaid)],
    nextStep(name),
  );
  const path = `${directory}${name}.yaml`;
  const why = faultOf(path, text);
  if (why !== undefined) return { key, why, isFault: true };
  names.names.add(name);
  files.add(path);
  return { kind: "ApiKey", name, path, text, key, altered };
}

const LONGEST_LINE = 200;

const aboutKey = (key: LiveKey, store: string): readonly string[] => [
  `Imported from ${lineFit(store, LONGEST_LINE)}: key ${lineFit(keyText(key), LONGEST_LINE)}, made ${key.createdAt},`,
  `named there: ${lineFit(key.displayName, LONGEST_LINE) || "(without a name)"}`,
];

const aboutAltered = (altered: readonly string[]): readonly string[] =>
  altered.length === 0
    ? []
    : [
        `Not as the store has it, for manifests cannot say that: ${altered.join(", ")}. Adopting it writes what stands here.`,
      ];

const aboutUnsaid = (areas: readonly ScopeArea[]): readonly string[] =>
  areas.length === 0
    ? []
    : [
        `Of its scope, ${areas.join(", ")} cannot be said here, and is left as it is. A successor has what the store gives new keys.`,
      ];

const nextStep = (name: string): readonly string[] => [
  "The value is held elsewhere, so the key is not rotated. To change that, say where a new one goes, apply, and then",
  `run: keywright take-custody ${name} --reason "…"`,
  `deliverTo: [{ sink: …, path: ${name} }]`,
];

/** Why the manifest would not be taken: nothing is written that does not validate. */
function faultOf(path: string, text: string): string | undefined {
  const { issues } = readManifests([{ path, text, layer: 0 }]);
  if (!hasErrors(issues)) return undefined;
  return `no manifest can declare it: ${issues.map(({ message }) => message).join("; ")}`;
}

/** Custom roles of the keys that no manifest declares. */
function externalRoles(
  manifests: readonly ImportedManifest[],
  { files }: Places,
  { desired, store }: ImportOptions,
): readonly ImportedManifest[] {
  const declared = new Set(desired.roles.map(({ name }) => name));
  const tags = manifests.flatMap(({ key }) =>
    (key?.roles ?? []).flatMap((ref) => (ref.type === "custom" && !declared.has(ref.tag) ? ref.tag : [])),
  );
  const taken = takenNames([...files].map((path) => path.replace(/\.yaml$/, "")));
  return [...new Set(tags)].sort(compareText).map((tag) => {
    const head = [`A role of ${lineFit(store, LONGEST_LINE)} that imported keys have; it is managed there.`];
    const text = writeYaml({ kind: "Role", metadata: { name: tag }, spec: { external: true } }, head);
    const file = freeName(`role-${tag}`, taken);
    taken.names.add(file);
    return { kind: "Role", name: tag, path: `${file}.yaml`, text, altered: [] };
  });
}
