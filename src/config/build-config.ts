import { resolve } from "node:path";
import { DEFAULT_ROTATION } from "../manifests/build-rotation.ts";
import { type NodePath, positionOf, type SourceNode } from "../manifests/source-node.ts";
import { tenantUrl } from "../stores/cortex-cloud/tenant-url.ts";
import { buildDriftPolicy, buildSchedule } from "./build-drift.ts";
import { buildGitHub, buildGitHubSink } from "./build-github.ts";
import { buildNotice } from "./build-notice.ts";
import { buildVaultSink } from "./build-vault.ts";
import type { Config, CredentialRef, LedgerConfig, SinkConfig, StoreConfig } from "./config.ts";
import type { ConfigFile, CredentialSpec, LedgerSpec, SinkSpec, StoreSpec } from "./config-file.ts";

/** Defaults filled in, paths made absolute from `directory`. `node` is valid. */
export function buildConfig(node: SourceNode, directory: string): Config {
  const file = node.value as ConfigFile;
  const { guards = {}, defaults = {} } = file;
  return {
    instance: file.instance,
    manifests: file.manifests,
    store: buildStore(file.store, node, directory),
    sinks: new Map(
      Object.entries(file.sinks).map(([name, sink]) => [name, buildSink(name, sink, node, directory)]),
    ),
    ledger: buildLedger(file.ledger ?? { driver: "file" }, node, directory),
    guards: {
      maxRevocations: guards.maxRevocations ?? 3,
      maxRevocationsPercent: guards.maxRevocationsPercent ?? 10,
      protectedKeys: guards.protectedKeys ?? [],
      ownKeyIds: guards.ownKey ? [guards.ownKey.id] : [],
      ...(guards.ownAddress && { ownAddresses: guards.ownAddress }),
    },
    defaults: {
      rotation: defaults.rotation ?? DEFAULT_ROTATION,
      ...(defaults.expires !== undefined && { expires: defaults.expires }),
    },
    ...buildSchedule(file.drift, node),
    driftPolicy: buildDriftPolicy(file.drift),
    notify: (file.notify ?? []).map((spec, index) =>
      buildNotice(spec, (credential, path) =>
        buildCredential(credential, node, ["notify", index, ...path], directory),
      ),
    ),
    production: file.production ?? true,
    approvals: file.approvals ?? [],
    ...(file.github && {
      github: buildGitHub(file.github, (credential, path) =>
        buildCredential(credential, node, ["github", ...path], directory),
      ),
    }),
    ...(file.concurrency !== undefined && { concurrency: file.concurrency }),
  };
}

/** Workspaces that Cortex hosts; whoever hosts it says where (`store.url`). */
const CORTEX_URL = "https://api.getcortexapp.com";

function buildStore(spec: StoreSpec, node: SourceNode, directory: string): StoreConfig {
  if (spec.driver !== "embedded") {
    const credential = buildCredential(spec.credential, node, ["store", "credential"], directory);
    if (spec.driver !== "cortex-cloud") return { url: CORTEX_URL, ...spec, credential };
    return { securityLevel: "standard", ...spec, url: tenantUrl(spec.url), credential };
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
  path: NodePath,
  directory: string,
): CredentialRef {
  const at = positionOf(node, path);
  return "env" in spec
    ? { type: "env", variable: spec.env, at }
    : { type: "file", path: resolve(directory, spec.file), at };
}

function buildSink(name: string, spec: SinkSpec, node: SourceNode, directory: string): SinkConfig {
  if (spec.driver === "cortex-secret") {
    const credential = buildCredential(spec.credential, node, ["sinks", name, "credential"], directory);
    return { ...spec, credential };
  }
  if (spec.driver === "github-actions") {
    return buildGitHubSink(spec, (credential, path) =>
      buildCredential(credential, node, ["sinks", name, ...path], directory),
    );
  }
  if (spec.driver === "vault") {
    return buildVaultSink(spec, (credential, path) =>
      buildCredential(credential, node, ["sinks", name, "auth", ...path], directory),
    );
  }
  return {
    ...spec,
    directory: resolve(directory, spec.directory),
    format: spec.format ?? "raw",
    ...(spec.identityFile !== undefined && { identityFile: resolve(directory, spec.identityFile) }),
  };
}
