import { resolve } from "node:path";
import { DEFAULT_ROTATION } from "../manifests/build-rotation.ts";
import { positionOf, type SourceNode } from "../manifests/source-node.ts";
import type { Config, CredentialRef, SinkConfig, StoreConfig } from "./config.ts";
import type { ConfigFile, CredentialSpec, SinkSpec, StoreSpec } from "./config-file.ts";

/** Defaults filled in, paths made absolute from `directory`. `node` is valid. */
export function buildConfig(node: SourceNode, directory: string): Config {
  const file = node.value as ConfigFile;
  const { guards = {}, defaults = {} } = file;
  return {
    instance: file.instance,
    manifests: file.manifests,
    store: buildStore(file.store, node, directory),
    sinks: new Map(Object.entries(file.sinks).map(([name, sink]) => [name, buildSink(sink, directory)])),
    ledger: { driver: "file", directory: resolve(directory, file.ledger?.directory ?? ".keywright/ledger") },
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
    ...(file.concurrency !== undefined && { concurrency: file.concurrency }),
  };
}

function buildStore(spec: StoreSpec, node: SourceNode, directory: string): StoreConfig {
  if (spec.driver === "keywright") {
    return { ...spec, credential: buildCredential(spec.credential, node, directory) };
  }
  return {
    driver: "embedded",
    directory: resolve(directory, spec.directory ?? ".keywright/store"),
    ...(spec.pepperFile !== undefined && { pepperFile: resolve(directory, spec.pepperFile) }),
  };
}

function buildCredential(spec: CredentialSpec, node: SourceNode, directory: string): CredentialRef {
  const at = positionOf(node, ["store", "credential"]);
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
