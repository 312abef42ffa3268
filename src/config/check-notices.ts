/** What a schema cannot say about `notify`. */

import type { IssueText } from "../manifests/issue-at.ts";
import type { NodePath } from "../manifests/source-node.ts";
import { isEmailAddress } from "../messages/email-address.ts";
import { LOG_CHANNEL } from "../notify/log.ts";
import { quote } from "../manifests/quote.ts";
import type { Config, NoticeConfig } from "./config.ts";
import type { ConfigFile, NoticeSpec } from "./config-file.ts";
import { urlFault } from "./url-fault.ts";

interface Fault extends IssueText {
  readonly path: NodePath;
}

export const checkNotices = (
  { notify }: Pick<Config, "notify">,
  { notify: specs = [] }: Pick<ConfigFile, "notify">,
): readonly Fault[] =>
  notify.flatMap((channel, index) => [
    ...checkName(channel, notify.slice(0, index), index),
    ...checkIssue(channel, notify.slice(0, index), index),
    ...checkAuth(specs[index], index),
    ...checkAddress(channel, index),
    ...checkMail(channel, index),
  ]);

/** The Action may add an issue to channels that have none. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  [LOG_CHANNEL, "the log's"],
  ["github-issue" satisfies NoticeConfig["driver"], "the driver's own"],
]);

function checkName(
  { name, driver }: NoticeConfig,
  earlier: readonly NoticeConfig[],
  index: number,
): readonly Fault[] {
  const owner = RESERVED.get(name);
  const isReserved = owner !== undefined && driver !== name;
  if (!isReserved && !earlier.some((other) => other.name === name)) return [];
  const message = isReserved ? `the name ${name} is ${owner}` : `two channels are named ${name}`;
  const hint = "give it a `name` of its own: the ledger remembers by it who was told what";
  return [{ code: "CONFIG_NOTIFY", path: ["notify", index], message, hint }];
}

/** Two would write over each other. */
function checkIssue(
  channel: NoticeConfig,
  earlier: readonly NoticeConfig[],
  index: number,
): readonly Fault[] {
  if (channel.driver !== "github-issue") return [];
  const { repository, url } = channel;
  const isSame = (other: NoticeConfig): boolean =>
    other.driver === channel.driver &&
    other.repository.toLowerCase() === repository.toLowerCase() &&
    other.url === url;
  if (!earlier.some(isSame)) return [];
  const message = `two channels keep the issue of ${repository}`;
  return [
    { code: "CONFIG_NOTIFY", path: ["notify", index, "repository"], message, hint: "leave one of them out" },
  ];
}

function checkAuth(spec: NoticeSpec | undefined, index: number): readonly Fault[] {
  if (spec?.driver !== "github-issue") return [];
  const { credential, app } = spec;
  if (!credential !== !app) return [];
  const message = `this channel has ${app ? "both a credential and an app" : "neither a credential nor an app"}`;
  const hint = app ? "leave one of them out" : "name one of them";
  return [{ code: "CONFIG_NOTIFY", path: ["notify", index, ...(app ? ["app"] : [])], message, hint }];
}

/** Security check G6. */
function checkAddress(channel: NoticeConfig, index: number): readonly Fault[] {
  const url = "url" in channel ? channel.url : undefined;
  const fault = typeof url === "string" ? urlFault(url) : undefined;
  if (!fault) return [];
  if (channel.driver === "github-issue")
    return [{ code: "CONFIG_URL", path: ["notify", index, "url"], ...fault }];
  const hint = fault.hint
    .replace("the store's own name", "the receiver's own name")
    .replace(
      "name the credential under `credential`",
      "name a variable or a file that holds the whole address",
    );
  return [{ code: "CONFIG_URL", path: ["notify", index, "url"], message: fault.message, hint }];
}

function checkMail(channel: NoticeConfig, index: number): readonly Fault[] {
  if (channel.driver !== "email") return [];
  const addresses: readonly (readonly [NodePath, string])[] = [
    [["from"], channel.from],
    ...channel.to.map((address, at) => [["to", at], address] as const),
  ];
  return addresses
    .filter(([, address]) => !isEmailAddress(address))
    .map(([path, address]) => ({
      code: "CONFIG_NOTIFY",
      path: ["notify", index, ...path],
      message: `${quote(address)} is no plain e-mail address`,
      hint: "write it plainly, such as ops@acme.example, without a name",
    }));
}
