/**
 * What an error of Cortex Cloud says. There are three envelopes: `reply`, `data` with `metadata`, and `data.reply`; and
 * `err_extra` may be a text, a list, an object or null.
 */

import { parseJson } from "../../http/answer.ts";

export interface CloudFault {
  /** Message and extra. Of any length and with any characters. */
  readonly text: string;
  /** Whether it says that there is no key of that id: it does so with 400. */
  readonly isUnknownKey: boolean;
}

/** Undefined when `body` has none of the envelopes: then it is not Cortex Cloud that speaks, or not its API. */
export function faultIn(body: string): CloudFault | undefined {
  const value = parseJson(body);
  const data = part(value, "data");
  const reply = part(value, "reply") ?? part(data, "reply");
  const fault = reply ?? part(data, "metadata");
  const message = part(reply ?? data, "err_msg");
  if (part(fault, "err_code") === undefined && typeof message !== "string") return undefined;
  const parts = [textOf(message), ...extraTexts(part(fault, "err_extra"))];
  const text = parts.filter((each) => each !== "").join("; ");
  return { text, isUnknownKey: UNKNOWN_KEY.test(text) };
}

const UNKNOWN_KEY = /\bapi[_ ]key(?:[_ ]id)? does not exist\b/i;

/** One level deep: what is nested further is nothing that people are told. */
function extraTexts(extra: unknown): readonly string[] {
  if (Array.isArray(extra)) return extra.map(itemText);
  return [itemText(extra)];
}

/** A text; the `msg` of a fault after where it is; or all texts of another object. */
function itemText(item: unknown): string {
  if (typeof item !== "object" || item === null) return textOf(item);
  const where = part(item, "loc");
  const message = textOf(part(item, "msg"));
  if (message === "") return Object.values(item).map(textOf).filter(Boolean).join(" ");
  return [...(Array.isArray(where) ? [where.map(textOf).filter(Boolean).join(".")] : []), message].join(" ");
}

const textOf = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : "";

const part = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (Reflect.get(value, name) as unknown)
    : undefined;
