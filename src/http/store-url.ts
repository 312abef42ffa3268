import { KeywrightError } from "../core/error.ts";
import { isLinkLocal } from "../core/is-link-local.ts";
import { isLoopback } from "../core/is-loopback.ts";

/**
 * The base URL of a store: https, or plain http to this very machine; a path is a prefix. Throws INPUT_INVALID,
 * for a credential in it too, which is not repeated.
 */
export function parseStoreUrl(text: string): URL {
  if (!URL.canParse(text)) throw refused("store.url is not a URL.", "Write it as https://keys.example.com");
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw refused("store.url holds a credential.", "Remove it and name the credential in store.credential.");
  }
  if (url.search !== "" || url.hash !== "") {
    throw refused(
      `store.url to ${url.host} has a query or a fragment.`,
      "Write only the scheme, the host and a path.",
    );
  }
  if (isLinkLocal(url.hostname)) {
    throw refused(
      `store.url points to the link-local address ${url.hostname}.`,
      "Use the store's own address.",
    );
  }
  const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
  if (isSafe) return url;
  throw refused(
    `store.url to ${url.host} would send the credential over ${url.protocol}//.`,
    "Use https://; plain http:// is only for 127.0.0.1, ::1 and localhost.",
  );
}

const refused = (message: string, hint: string): KeywrightError =>
  new KeywrightError("INPUT_INVALID", message, { hint });
