import { KeywrightError } from "../core/error.ts";
import { breach, isWebPage } from "./answer.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

/** Statuses that gateways before an API give with a page of their own, and that mean the same then. */
const SAME_ON_A_PAGE = new Set([401, 403, 429]);

/** Throws STORE_CONTRACT for what does not come from the API, though it answers in its place: redirects and web pages. */
export function refuseDetour(
  { request, response }: { readonly request: HttpRequest; readonly response: HttpResponse },
  where: string,
): void {
  const { status, headers } = response;
  if (status >= 300 && status < 400) throw redirected(status, headers["location"], where);
  if (status < 500 && !SAME_ON_A_PAGE.has(status) && isWebPage(response))
    throw breach(request, status, "is a web page");
}

const redirected = (status: number, location: string | undefined, where: string): KeywrightError =>
  new KeywrightError(
    "STORE_CONTRACT",
    `The key store at ${where} answers with a redirect (${status}) to ${hostOf(location, where)}.`,
    {
      hint: "Check store.url: no redirect is followed, so that the credential goes nowhere else. Write the address of the API itself.",
    },
  );

/** The host alone: a path may hold a session. */
function hostOf(location: string | undefined, where: string): string {
  if (location === undefined) return "nowhere";
  const base = `https://${where}`;
  const url = URL.canParse(location, base) ? new URL(location, base) : undefined;
  return url && url.host !== where ? url.host : "another path";
}
