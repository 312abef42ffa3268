import { KeywrightError } from "../core/error.ts";
import { isLoopback } from "../core/is-loopback.ts";

/** 169.254.0.0/16 and fe80::/10: where clouds serve their instances' metadata. */
const LINK_LOCAL = /^(169\.254\.\d{1,3}\.\d{1,3}|fe[89ab][0-9a-f]:.*|::ffff:a9fe:.*)$/;

/**
 * https, or plain http to this very machine. Throws USAGE; `where` says in the message where the address was read, and a
 * path or query, which may be secret, is not repeated.
 */
export function parseWebhookAddress(text: string, where: string): URL {
  const refuse = (what: string): KeywrightError =>
    new KeywrightError("USAGE", `${where} ${what}.`, {
      hint: "Write it as https://hooks.example.com/keys; plain http:// is only for 127.0.0.1, ::1 and localhost.",
    });
  if (!URL.canParse(text)) throw refuse("is no URL");
  const url = new URL(text);
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  if (url.username !== "" || url.password !== "") throw refuse("holds a credential");
  if (url.hash !== "") throw refuse("has a fragment");
  if (LINK_LOCAL.test(host)) throw refuse(`points to the link-local address ${host}`);
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(host))) return url;
  throw refuse(`to ${host} would send notices over ${url.protocol}//`);
}
