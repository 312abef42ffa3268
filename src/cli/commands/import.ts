/** `keywright import`: manifests for the keys that are in the store already. Reads the store, and writes new files only. */

import { dirname, join, relative, resolve, sep } from "node:path";
import type { Config } from "../../config/config.ts";
import { EXIT, KeywrightError } from "../../core/error.ts";
import type { DesiredState } from "../../core/desired.ts";
import type { LiveKey } from "../../core/live.ts";
import type { KeyStore } from "../../core/ports.ts";
import {
  type ImportedManifest,
  type ImportedManifests,
  importManifests,
} from "../../manifests/importing/import-manifests.ts";
import { importPlace, isRead } from "../../manifests/importing/import-place.ts";
import { limitsOf } from "../../reconcile/make-plan.ts";
import type { World } from "../../reconcile/world.ts";
import { type ImportedFile, type ImportReport, renderImport } from "../../report/render-import.ts";
import type { Host } from "../host.ts";
import { withWorld } from "../open-project.ts";
import { print } from "../print.ts";
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
    const { imported, isOwnSeen } = await readImport(host, asRead, options);
    if (options.stdout) {
      print(host, imported.manifests.map(({ text }) => text).join("---\n"), "yaml");
      return EXIT.done;
    }
    const root =
      options.repo === undefined ? dirname(resolve(host.cwd, options.config ?? "keywright.yaml")) : host.cwd;
    const place =
      directory === undefined ? join(root, importPlace(config.manifests)) : resolve(host.cwd, directory);
    const files = await writeAll(imported, place, host.cwd, options);
    const report: ImportReport = {
      store: asRead.store.identity,
      directory: relative(host.cwd, place) || ".",
      files,
      skipped: imported.skipped,
      warnings: warningsOf(
        config,
        files.map(({ path }) => relative(root, resolve(host.cwd, path))),
        isOwnSeen,
      ),
    };
    print(host, renderImport(report, { format: options.format, colors: host.hasColors }), options.format);
    return exitOf(files);
  });
}

interface Reading {
  readonly imported: ImportedManifests;
  /** Whether the key that this runs with is known, and was among them. */
  readonly isOwnSeen: boolean;
}

async function readImport(host: Host, world: World, options: ImportOptions): Promise<Reading> {
  const { store, ledger } = world;
  const { desired } = await world.load();
  const { ownKeyIds } = limitsOf(world);
  const keys = await listKeys(store, desired, ownKeyIds, host.signal);
  const ours = keys.flatMap(({ marker }) => (marker?.instance === desired.instance ? marker.name : []));
  const imported = importManifests(keys, {
    desired,
    usedNames: [...ours, ...(await ledger.records()).keys()],
    ownKeyIds,
    store: store.identity,
    group: options.group,
    ...(options.only !== undefined && { only: options.only }),
  });
  return { imported, isOwnSeen: keys.some(({ id }) => ownKeyIds.includes(id)) };
}

/** With the scopes of those that may be imported: a successor must not see more. */
async function listKeys(
  store: KeyStore,
  { instance }: DesiredState,
  ownKeyIds: readonly string[],
  signal: AbortSignal,
): Promise<readonly LiveKey[]> {
  const wanted = {
    hasScope: ({ id, marker }: LiveKey) => marker?.instance !== instance && !ownKeyIds.includes(id),
  };
  const hasScopes = store.capabilities.updatable.includes("scope");
  const keys: LiveKey[] = [];
  for await (const key of store.list("ApiKey", signal, hasScopes ? wanted : undefined)) keys.push(key);
  return keys;
}

async function writeAll(
  { manifests }: ImportedManifests,
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

function warningsOf({ manifests }: Config, paths: readonly string[], isOwnSeen: boolean): readonly string[] {
  const unread = paths.find((path) => !isRead(path.split(sep).join("/"), manifests));
  return [
    ...(unread === undefined ? [] : [`no pattern of \`manifests\` in the configuration finds ${unread}`]),
    ...(isOwnSeen || paths.length === 0 ? [] : [OWN_UNKNOWN]),
  ];
}

const OWN_UNKNOWN =
  "nothing tells which of the store's keys this runs with: set guards.ownKey, and take that key's manifest out";

function exitOf(files: readonly ImportedFile[]): number {
  const kept = files.filter(({ outcome }) => outcome === "kept").length;
  if (kept === 0) return EXIT.done;
  return kept === files.length ? EXIT.failure : EXIT.partial;
}
