import { KeywrightError } from "../core/error.ts";
import { isLinkLocal } from "../core/is-link-local.ts";
import { isLoopback } from "../core/is-loopback.ts";

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
  if (isLinkLocal(host)) throw refuse(`points to the link-local address ${host}`);
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(host))) return url;
  throw refuse(`to ${host} would send notices over ${url.protocol}//`);
}
