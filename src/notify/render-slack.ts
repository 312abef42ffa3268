/**
 * A notification as a message of a Slack-compatible webhook. Whatever stores, manifests and people wrote stands in one
 * block of code, where neither Slack nor its likes format it, link it or call anybody for it.
 */

import type { NoticeItem, Notification, NotificationType } from "../core/notification.ts";
import { clipped } from "./clipped.ts";

const MOST_LINES = 15;
const LONGEST_LINE = 220;

const LABELS: Readonly<Record<NotificationType, string>> = {
  "key-expiring": ":hourglass_flowing_sand: API keys expire",
  "drift-found": ":warning: Drift",
  "drift-recovered": ":white_check_mark: Drift is over",
  "run-failed": ":x: Not done",
  "run-recovered": ":white_check_mark: Done after all",
  "leak-handled": ":lock: Leak mended",
};

/** At most some 4000 characters, of which Slack shows all. */
export function renderSlack({ type, instance, store, id, items, more = 0 }: Notification): string {
  const shown = items.slice(0, MOST_LINES);
  const left = items.length - shown.length + more;
  const lines = [
    ...shown.map((item) => inert(lineOf(item))),
    ...(left > 0 ? [`… and ${left} more`] : []),
    ...(store === undefined ? [] : [inert(`store ${store}`)]),
    `notice ${id.slice(0, "sha256:".length + 12)}`,
  ];
  return JSON.stringify({
    text: `*${LABELS[type]}* · ${inert(instance)}\n\`\`\`\n${lines.join("\n")}\n\`\`\``,
    unfurl_links: false,
    unfurl_media: false,
  });
}

const lineOf = ({ message, hint }: NoticeItem): string =>
  hint === undefined ? message : `${message} (${hint})`;

/** `&`, `<` and `>` as Slack's documentation asks; no end of the block, and no mention where blocks are not honoured. */
export const inert = (text: string): string =>
  clipped(text, LONGEST_LINE)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("`", "'")
    .replaceAll(/(?<![\w.])@(?=[A-Za-z])/g, "@\u2060");
