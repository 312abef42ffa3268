import { KeywrightError } from "../../core/error.ts";
import { isLoopback } from "../../core/is-loopback.ts";

/** 169.254.0.0/16 and fe80::/10: where clouds serve their instances' metadata. */
const LINK_LOCAL = /^(169\.254\.\d{1,3}\.\d{1,3}|fe[89ab][0-9a-f]:.*|::ffff:a9fe:.*)$/;

/** https, or plain http to this very machine. Throws USAGE; a path or query, which may be secret, is not repeated. */
export function parseWebhookUrl(text: string): URL {
  if (!URL.canParse(text)) throw refused("is no URL");
  const url = new URL(text);
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  if (url.username !== "" || url.password !== "") throw refused("holds a credential");
  if (url.hash !== "") throw refused("has a fragment");
  if (LINK_LOCAL.test(host)) throw refused(`points to the link-local address ${host}`);
  if (url.protocol === "https:" || (url.protocol === "http:" && isLoopback(host))) return url;
  throw refused(`to ${host} would send notices over ${url.protocol}//`);
}

const refused = (what: string): KeywrightError =>
  new KeywrightError("USAGE", `--notice-webhook-url ${what}.`, {
    hint: "Write it as https://hooks.example.com/keys; plain http:// is only for 127.0.0.1, ::1 and localhost.",
  });
