import type { NoticeItem, Notification } from "../core/notification.ts";
import { clipped } from "./clipped.ts";

const MOST_LISTED = 50;
const LONGEST_SUBJECT = 150;
const LONGEST_LINE = 1000;

/** Plain text: nothing in it is a header, a link that hides its target, or a script. */
export const renderMail = (
  notification: Notification,
): { readonly subject: string; readonly text: string } => ({
  subject: clipped(notification.title, LONGEST_SUBJECT),
  text: textOf(notification),
});

function textOf({ title, items, more = 0, instance, store, at, id }: Notification): string {
  const listed = items.slice(0, MOST_LISTED);
  const left = items.length - listed.length + more;
  return [
    line(title),
    "",
    ...listed.flatMap(itemLines),
    ...(left > 0 ? [`… and ${left} more`] : []),
    "",
    `Instance  ${line(instance)}`,
    ...(store === undefined ? [] : [`Store     ${line(store)}`]),
    `Seen      ${at}`,
    `Notice    ${id}`,
    "",
  ].join("\n");
}

function itemLines({ message, hint, id, owner }: NoticeItem): readonly string[] {
  const facts = [id !== undefined && `id ${id}`, owner !== undefined && `owner ${owner}`].filter(Boolean);
  return [
    `- ${line(message)}`,
    ...(facts.length > 0 ? [`  ${line(facts.join(", "))}`] : []),
    ...(hint === undefined ? [] : [`  ${line(hint)}`]),
  ];
}

const line = (text: string): string => clipped(text, LONGEST_LINE);
