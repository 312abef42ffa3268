/** `keywright import`: manifests for the keys that are in the store already. Reads the store, and writes new files only. */

import { dirname, join, relative, resolve, sep } from "node:path";
import type { Config } from "../../config/config.ts";
import { EXIT, KeywrightError } from "../../core/error.ts";
import type { DesiredState } from "../../core/desired.ts";
import type { LiveKey } from "../../core/live.ts";
import {
  createFilter,
  type ImportedManifest,
  type ImportedManifests,
  importManifests,
} from "../../manifests/importing/import-manifests.ts";
import { importPlace, isRead } from "../../manifests/importing/import-place.ts";
import { limitsOf } from "../../reconcile/limits-of.ts";
import type { World } from "../../reconcile/world.ts";
import {
  type ImportedFile,
  type ImportReport,
  renderImport,
  renderRemarks,
} from "../../report/render-import.ts";
import { plural } from "../../report/plural.ts";
import { guessOwnKey } from "../guess-own-key.ts";
import type { Host } from "../host.ts";
import { withWorld } from "../open-project.ts";
import { print, printError } from "../print.ts";
import type { GlobalOptions } from "../program.ts";
import { writeNewFile } from "../write-new-file.ts";

export interface ImportOptions extends GlobalOptions {
  readonly format: "text" | "json";
  readonly group: "flat" | "owner";
  readonly only?: string;
  readonly dryRun?: boolean;
  readonly stdout?: boolean;
}

/** `directory`: relative to where the command runs; absent: where the configuration looks for manifests. */
export async function importKeys(
  host: Host,
  directory: string | undefined,
  options: ImportOptions,
): Promise<number> {
  if (options.stdout && options.format === "json") {
    throw new KeywrightError("USAGE", "--stdout prints YAML, and --format json a report", {
      hint: "choose one of the two",
    });
  }
  return withWorld(host, options, async ({ asRead }, _logger, { config }) => {
    const reading = await readImport(host, asRead, options);
    const { manifests, skipped } = reading.imported;
    const isRefused = manifests.length === 0 && skipped.some(({ isFault }) => isFault);
    if (options.stdout && !isRefused) {
      printManifests(host, reading, warningsOf(config, [], reading, options));
      return EXIT.done;
    }
    const root =
      options.repo === undefined ? dirname(resolve(host.cwd, options.config ?? "keywright.yaml")) : host.cwd;
    const place =
      directory === undefined ? join(root, importPlace(config.manifests)) : resolve(host.cwd, directory);
    const files = await writeAll(manifests, place, host.cwd, options);
    const report: ImportReport = {
      store: asRead.store.identity,
      directory: relative(host.cwd, place) || ".",
      files,
      skipped,
      warnings: warningsOf(
        config,
        files.map(({ path }) => relative(root, resolve(host.cwd, path))),
        reading,
        options,
      ),
    };
    print(host, renderImport(report, { format: options.format, colors: host.hasColors }), options.format);
    return isRefused ? EXIT.failure : exitOf(files);
  });
}

/** For a pipe; what a person should know goes elsewhere. */
function printManifests(
  host: Host,
  { imported: { manifests, skipped } }: Reading,
  warnings: readonly string[],
): void {
  print(host, manifests.map(({ text }) => text).join("---\n"), "yaml");
  const remarks = renderRemarks({ skipped, warnings }, host.hasErrorColors);
  if (remarks !== "") printError(host, remarks);
}

interface Reading {
  readonly imported: ImportedManifests;
  /** All that the store has. */
  readonly keys: number;
  /** Whether the key that this runs with is known, and was among them. */
  readonly isOwnSeen: boolean;
  /** The one that it seems to be, where nothing says it. */
  readonly likelyOwn?: string;
}

async function readImport(host: Host, world: World, options: ImportOptions): Promise<Reading> {
  const { store, ledger } = world;
  const { desired } = await world.load();
  const { ownKeyIds } = limitsOf(world);
  const keys = await listKeys(world, desired, options, host.signal);
  const ours = keys.flatMap(({ marker }) => (marker?.instance === desired.instance ? marker.name : []));
  const isOwnSeen = keys.some(({ id }) => ownKeyIds.includes(id));
  const likelyOwn = isOwnSeen || keys.length === 0 ? undefined : await guessOwnKey(store, host.signal);
  const imported = importManifests(keys, {
    desired,
    usedNames: [...ours, ...(await ledger.records()).keys()],
    ownKeyIds: likelyOwn === undefined ? ownKeyIds : [...ownKeyIds, likelyOwn],
    store: store.identity,
    updatable: store.capabilities.updatable,
    group: options.group,
    ...(options.only !== undefined && { only: options.only }),
  });
  return { imported, keys: keys.length, isOwnSeen, ...(likelyOwn !== undefined && { likelyOwn }) };
}

/** With the scopes of those that may be imported: a successor must not see more. */
async function listKeys(
  world: World,
  { instance }: DesiredState,
  { only }: ImportOptions,
  signal: AbortSignal,
): Promise<readonly LiveKey[]> {
  const { store } = world;
  const { ownKeyIds } = limitsOf(world);
  const isMet = createFilter(only);
  const wanted = {
    hasScope: (key: LiveKey) =>
      key.marker?.instance !== instance && !ownKeyIds.includes(key.id) && isMet(key),
  };
  const hasScopes = store.capabilities.updatable.includes("scope");
  const keys: LiveKey[] = [];
  for await (const key of store.list("ApiKey", signal, hasScopes ? wanted : undefined)) keys.push(key);
  return keys;
}

async function writeAll(
  manifests: ImportedManifests["manifests"],
  place: string,
  cwd: string,
  { dryRun }: ImportOptions,
): Promise<readonly ImportedFile[]> {
  const files: ImportedFile[] = [];
  for (const manifest of manifests) {
    const file = join(place, ...manifest.path.split("/"));
    const outcome = dryRun ? "planned" : (await writeNewFile(file, manifest.text)) ? "written" : "kept";
    files.push(fileOf(manifest, relative(cwd, file), outcome));
  }
  return files;
}

const fileOf = (
  { kind, name, key, altered }: ImportedManifest,
  path: string,
  outcome: ImportedFile["outcome"],
): ImportedFile => ({ kind, name, path, outcome, altered, ...(key && { key }) });

function warningsOf(
  { manifests }: Config,
  paths: readonly string[],
  { imported: { manifests: imported, met }, keys, isOwnSeen, likelyOwn }: Reading,
  { only }: ImportOptions,
): readonly string[] {
  const unread = paths.find((path) => !isRead(path.split(sep).join("/"), manifests));
  const isUnmet = only !== undefined && met === 0 && keys > 0;
  const isOwnUnknown = !isOwnSeen && likelyOwn === undefined && imported.length > 0;
  return [
    ...(unread === undefined ? [] : [`no pattern of \`manifests\` in the configuration finds ${unread}`]),
    ...(isUnmet ? [`--only ${only} meets none of ${plural(keys, "key")}`] : []),
    ...(likelyOwn === undefined ? [] : [`${OWN_LIKELY} guards: { ownKey: { id: ${likelyOwn} } }`]),
    ...(isOwnUnknown ? [OWN_UNKNOWN] : []),
  ];
}

const OWN_LIKELY =
  "the store does not tell which key this runs with; by its end it is the one left out: write into the configuration";

const OWN_UNKNOWN =
  "nothing tells which of the store's keys this runs with: look in the store whose end is the credential's, name it with guards.ownKey, and take its manifest out";

function exitOf(files: readonly ImportedFile[]): number {
  const kept = files.filter(({ outcome }) => outcome === "kept").length;
  if (kept === 0) return EXIT.done;
  return kept === files.length ? EXIT.failure : EXIT.partial;
}
