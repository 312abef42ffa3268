/** Loopback addresses, as a URL spells its host. */
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** 169.254.0.0/16 and fe80::/10: where clouds serve an instance's own credentials. */
const LINK_LOCAL = /^(169\.254(\.\d{1,3}){2}|\[fe[89ab][0-9a-f]:.*\]|\[::ffff:a9fe:.*\])$/;

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
  if (LINK_LOCAL.test(url.hostname)) {
    return { message: "the address is link-local", hint: "use the store's own name" };
  }
  if (url.protocol === "https:" || LOOPBACK.test(url.hostname)) return undefined;
  return { message: "plain http is only for the loopback interface", hint: "use https" };
}
