import { isLinkLocal } from "../core/is-link-local.ts";
import { isLoopback } from "../core/is-loopback.ts";

/** Why a credential must not be sent to this address (security check G6). The address is not repeated. */
export function urlFault(text: string): { readonly message: string; readonly hint: string } | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) return { message: "this is no address", hint: "write it like https://keys.acme.example" };
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return {
      message: "the address has more than a host and a path",
      hint: "name the credential under `credential`",
    };
  }
  if (isLinkLocal(url.hostname)) {
    return { message: "the address is link-local", hint: "use the store's own name" };
  }
  if (url.protocol === "https:" || isLoopback(url.hostname)) return undefined;
  return { message: "plain http is only for the loopback interface", hint: "use https" };
}
