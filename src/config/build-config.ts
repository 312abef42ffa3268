import { resolve } from "node:path";
import { DEFAULT_ROTATION } from "../manifests/build-rotation.ts";
import { positionOf, type SourceNode } from "../manifests/source-node.ts";
import type { Config, CredentialRef, DriftConfig, LedgerConfig, SinkConfig, StoreConfig } from "./config.ts";
import type { ConfigFile, CredentialSpec, LedgerSpec, SinkSpec, StoreSpec } from "./config-file.ts";

/** Defaults filled in, paths made absolute from `directory`. `node` is valid. */
export function buildConfig(node: SourceNode, directory: string): Config {
  const file = node.value as ConfigFile;
  const { guards = {}, defaults = {} } = file;
  return {
    instance: file.instance,
    manifests: file.manifests,
    store: buildStore(file.store, node, directory),
    sinks: new Map(Object.entries(file.sinks).map(([name, sink]) => [name, buildSink(sink, directory)])),
    ledger: buildLedger(file.ledger ?? { driver: "file" }, node, directory),
    guards: {
      maxRevocations: guards.maxRevocations ?? 3,
      maxRevocationsPercent: guards.maxRevocationsPercent ?? 10,
      protectedKeys: guards.protectedKeys ?? [],
      ownKeyIds: guards.ownKey ? [guards.ownKey.id] : [],
    },
    defaults: {
      rotation: defaults.rotation ?? DEFAULT_ROTATION,
      ...(defaults.expires !== undefined && { expires: defaults.expires }),
    },
    ...(file.drift && { drift: buildDrift(file.drift, node) }),
    ...(file.concurrency !== undefined && { concurrency: file.concurrency }),
  };
}

/** Workspaces that Cortex hosts; whoever hosts it says where (`store.url`). */
const CORTEX_URL = "https://api.getcortexapp.com";

const buildDrift = (
  { schedule, timeZone = "UTC" }: NonNullable<ConfigFile["drift"]>,
  node: SourceNode,
): DriftConfig => ({ schedule, timeZone, at: positionOf(node, ["drift", "schedule"]) });

function buildStore(spec: StoreSpec, node: SourceNode, directory: string): StoreConfig {
  if (spec.driver !== "embedded") {
    return {
      url: CORTEX_URL,
      ...spec,
      credential: buildCredential(spec.credential, node, ["store", "credential"], directory),
    };
  }
  return {
    driver: "embedded",
    directory: resolve(directory, spec.directory ?? ".keywright/store"),
    ...(spec.pepperFile !== undefined && { pepperFile: resolve(directory, spec.pepperFile) }),
  };
}

function buildLedger(spec: LedgerSpec, node: SourceNode, directory: string): LedgerConfig {
  switch (spec.driver) {
    case "file":
      return { driver: "file", directory: resolve(directory, spec.directory ?? ".keywright/ledger") };
    case "git": {
      const { remote = "origin", branch = "keywright-ledger" } = spec;
      return { driver: "git", remote, repository: directory, branch };
    }
    case "postgres":
      return { driver: "postgres", url: buildCredential(spec.url, node, ["ledger", "url"], directory) };
  }
}

function buildCredential(
  spec: CredentialSpec,
  node: SourceNode,
  path: readonly string[],
  directory: string,
): CredentialRef {
  const at = positionOf(node, path);
  return "env" in spec
    ? { type: "env", variable: spec.env, at }
    : { type: "file", path: resolve(directory, spec.file), at };
}

const buildSink = (spec: SinkSpec, directory: string): SinkConfig => ({
  ...spec,
  directory: resolve(directory, spec.directory),
  format: spec.format ?? "raw",
  ...(spec.identityFile !== undefined && { identityFile: resolve(directory, spec.identityFile) }),
});
