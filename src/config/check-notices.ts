/** What a schema cannot say about `notify`. */

import type { IssueText } from "../manifests/issue-at.ts";
import type { NodePath } from "../manifests/source-node.ts";
import { isEmailAddress } from "../messages/email-address.ts";
import { LOG_CHANNEL } from "../notify/log.ts";
import { quote } from "../manifests/quote.ts";
import type { Config, NoticeConfig } from "./config.ts";
import { urlFault } from "./url-fault.ts";

interface Fault extends IssueText {
  readonly path: NodePath;
}

export const checkNotices = ({ notify }: Pick<Config, "notify">): readonly Fault[] =>
  notify.flatMap((channel, index) => [
    ...checkName(channel, notify.slice(0, index), index),
    ...checkAddress(channel, index),
    ...checkMail(channel, index),
  ]);

function checkName(
  { name }: NoticeConfig,
  earlier: readonly NoticeConfig[],
  index: number,
): readonly Fault[] {
  const isReserved = name === LOG_CHANNEL;
  if (!isReserved && !earlier.some((other) => other.name === name)) return [];
  const message = isReserved ? `the name ${name} is the log's` : `two channels are named ${name}`;
  const hint = "give it a `name` of its own: the ledger remembers by it who was told what";
  return [{ code: "CONFIG_NOTIFY", path: ["notify", index], message, hint }];
}

/** Security check G6. */
function checkAddress(channel: NoticeConfig, index: number): readonly Fault[] {
  if (channel.driver !== "webhook" || typeof channel.url !== "string") return [];
  const fault = urlFault(channel.url);
  if (!fault) return [];
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
