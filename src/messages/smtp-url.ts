import { KeywrightError } from "../core/error.ts";
import { Secret } from "../core/secret.ts";
import { isLoopback } from "../core/is-loopback.ts";

/** How to reach a mail server. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** Without TLS a message is sent only to this very machine. */
  readonly tls: "from the start" | "required" | "if offered";
  readonly login?: { readonly user: string; readonly password: Secret };
  /** Certificate authorities in PEM, instead of those that Node trusts. */
  readonly ca?: string;
}

const DEFAULT_PORTS = { "smtp:": 587, "smtps:": 465 } as const;
const HINT =
  "Write it as smtp://user:password@mail.example.com:587 (STARTTLS) or smtps://… (TLS from the start).";

/**
 * `smtp://` or `smtps://`, with user and password percent-encoded. Throws USAGE; `where` says in the message where the
 * URL was read, and nothing of the URL is repeated.
 */
export function parseSmtpUrl(text: string, where: string): SmtpSettings {
  const refuse = (what: string): KeywrightError =>
    new KeywrightError("USAGE", `The mail server's URL in ${where} ${what}.`, { hint: HINT });
  if (!URL.canParse(text)) throw refuse("is no URL");
  const url = new URL(text);
  const { protocol } = url;
  if (protocol !== "smtp:" && protocol !== "smtps:") throw refuse("is neither smtp:// nor smtps://");
  const host = url.hostname.replaceAll(/^\[|\]$/g, "");
  if (host === "") throw refuse("names no host");
  if (!/^\/?$/.test(url.pathname) || url.search !== "" || url.hash !== "") {
    throw refuse("has more than a host and a port");
  }
  const plainTls = isLoopback(host) ? "if offered" : "required";
  const login = parseLogin(url);
  if (login === "incomplete") throw refuse("has a user without a password, or the other way round");
  return {
    host,
    port: url.port === "" ? DEFAULT_PORTS[protocol] : Number(url.port),
    tls: protocol === "smtps:" ? "from the start" : plainTls,
    ...(login && { login }),
  };
}

function parseLogin({ username, password }: URL): SmtpSettings["login"] | "incomplete" {
  if (username === "" && password === "") return undefined;
  if (username === "" || password === "") return "incomplete";
  return { user: decode(username), password: Secret.of(decode(password)) };
}

/** A lone percent sign means itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
