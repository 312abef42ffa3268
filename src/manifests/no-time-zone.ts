import { quote } from "./quote.ts";
import { suggest } from "./suggest.ts";

/** What to say of a time zone that there is not. */
export const noTimeZone = (timezone: string): { readonly message: string; readonly hint: string } => ({
  message: `there is no time zone ${quote(timezone)}`,
  hint:
    suggest(timezone, Intl.supportedValuesOf("timeZone")) ??
    "write an IANA name such as Europe/Berlin or UTC",
});
