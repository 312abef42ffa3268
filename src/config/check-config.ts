/** What a schema cannot say about a configuration. */

import { parseRange } from "../core/address-range.ts";
import type { Expires } from "../core/desired.ts";
import type { Issue } from "../core/issue.ts";
import { buildExpires, isExpiresFault } from "../manifests/build-expires.ts";
import { buildRotation, DEFAULT_ROTATION } from "../manifests/build-rotation.ts";
import { issueAt, type IssueText } from "../manifests/issue-at.ts";
import { quote } from "../manifests/quote.ts";
import { type NodePath, placeOf, type SourceNode } from "../manifests/source-node.ts";
import { checkApprovals } from "./check-approvals.ts";
import { checkDirectories } from "./check-directories.ts";
import { checkDrift } from "./check-drift.ts";
import { checkGitHubSink } from "./check-github.ts";
import { checkNotices } from "./check-notices.ts";
import type { Config, SinkConfig } from "./config.ts";
import type { ConfigFile, SinkSpec } from "./config-file.ts";
import { urlFault } from "./url-fault.ts";

interface Fault extends IssueText {
  readonly path: NodePath;
}

/** `node` fits the schema, and `config` is what it says. */
export function checkConfig(node: SourceNode, config: Config): readonly Issue[] {
  const file = node.value as ConfigFile;
  const faults = [
    ...checkUrl(config),
    ...checkDefaults(file),
    ...checkOwnAddress(file),
    ...Object.entries(file.sinks).flatMap(([name, sink]) => checkSink(name, sink)),
    ...checkDirectories(config),
    ...checkDrift(config),
    ...checkNotices(config, file),
    ...checkApprovals(file),
  ];
  return faults.map(({ path, ...text }) => {
    const place = placeOf(node, path);
    return issueAt(place.source, place.offset, text);
  });
}

/** Security check G6. */
function checkUrl({ store, sinks }: Config): readonly Fault[] {
  const urls = [
    { path: ["store", "url"], url: store.driver === "embedded" ? undefined : store.url },
    ...[...sinks].map(([name, sink]) => addressOf(["sinks", name], sink)),
  ];
  return urls.flatMap(({ path, url }) => {
    const fault = url === undefined ? undefined : urlFault(url);
    return fault ? [{ code: "CONFIG_URL", path, ...fault }] : [];
  });
}

function addressOf(at: NodePath, sink: SinkConfig): { readonly path: NodePath; readonly url?: string } {
  if (sink.driver === "vault") return { path: [...at, "address"], url: sink.address };
  const url = "url" in sink ? sink.url : undefined;
  return { path: [...at, "url"], ...(url !== undefined && { url }) };
}

function checkDefaults({ defaults = {} }: ConfigFile): readonly Fault[] {
  const expires = defaults.expires === undefined ? NEVER : buildExpires(defaults.expires);
  if (isExpiresFault(expires)) {
    const { field, ...text } = expires;
    return [{ code: "EXPIRY_INVALID", path: ["defaults", "expires", field], ...text }];
  }
  if (defaults.rotation === undefined || defaults.expires === undefined) return [];
  const { faults } = buildRotation(defaults.rotation, DEFAULT_ROTATION, expires);
  return faults.map(({ field, ...text }) => ({ path: ["defaults", "rotation", field], ...text }));
}

function checkOwnAddress({ guards: { ownAddress = [] } = {} }: ConfigFile): readonly Fault[] {
  return ownAddress.flatMap((text, index) => {
    const range = parseRange(text);
    if (!("fault" in range)) return [];
    const message = `${quote(text)} ${range.fault}`;
    return [{ code: "CONFIG_ADDRESS", path: ["guards", "ownAddress", index], message }];
  });
}

const NEVER: Expires = { type: "never" };

function checkSink(name: string, sink: SinkSpec): readonly Fault[] {
  if (sink.driver === "github-actions") return checkGitHubSink(name, sink);
  if (sink.driver !== "file") return [];
  const { format = "raw", recipients, identityFile } = sink;
  const path = ["sinks", name];
  if (recipients && format !== "raw") {
    const message = `sink ${name} cannot encrypt ${format} files for recipients`;
    return [
      {
        code: "CONFIG_SINK",
        path: [...path, "recipients"],
        message,
        hint: "use format raw, or no recipients",
      },
    ];
  }
  if (identityFile !== undefined && !recipients) {
    const message = `sink ${name} has an identityFile and no recipients, so nothing is encrypted`;
    return [{ code: "CONFIG_SINK", path: [...path, "identityFile"], message, hint: "name recipients too" }];
  }
  return [];
}
