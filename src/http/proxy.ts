/**
 * The proxy that requests go through, as the usual variables name it: HTTPS_PROXY, else HTTP_PROXY, and NO_PROXY; lower case
 * wins, as in curl. This very machine is never reached through a proxy.
 */

import { BlockList, isIP } from "node:net";
import { KeywrightError } from "../core/error.ts";
import { isLoopback } from "../core/is-loopback.ts";
import { Secret } from "../core/secret.ts";

export interface ProxySettings {
  /** What names the proxy, for messages. */
  readonly variable: string;
  /** An address that may hold a user and a password. */
  readonly address: Secret;
  /** Hosts that are reached without it, as NO_PROXY writes them. */
  readonly except: string;
}

export interface Proxy {
  readonly variable: string;
  /** Host and port, for messages. */
  readonly where: string;
  /** Without user and password. */
  readonly url: URL;
  /** The value of `Proxy-Authorization`. */
  readonly authorization?: Secret;
}

const VARIABLES = ["https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY"];

/** Undefined where no variable names one. Nothing is checked before it is used. */
export function readProxySettings(
  environment: Readonly<Record<string, string | undefined>>,
): ProxySettings | undefined {
  const variable = VARIABLES.find((name) => environment[name]);
  if (variable === undefined) return undefined;
  const except = environment["no_proxy"] ?? environment["NO_PROXY"] ?? "";
  return { variable, address: Secret.of(environment[variable] ?? ""), except };
}

/** What of the settings must not stand in any text: the password, as it is written, as it is meant and as it is sent. */
export function proxySecrets({ address }: ProxySettings): readonly Secret[] {
  const { username, password } = parse(address) ?? NOBODY;
  if (password === "") return [];
  return [password, decode(password), base64(login(username, password))].map((text) => Secret.of(text));
}

/** The proxy on the way to `url`; undefined: there is none. Throws INPUT_INVALID where the variable names no proxy. */
export function proxyFor(url: URL, settings: ProxySettings | undefined): Proxy | undefined {
  if (!settings || isLoopback(bare(url.hostname)) || isExcepted(url, settings.except)) return undefined;
  const { variable, address } = settings;
  const proxy = parse(address);
  if (!proxy || !/^https?:$/.test(proxy.protocol)) {
    throw new KeywrightError("INPUT_INVALID", `${variable} is not the address of an HTTP proxy.`, {
      hint: "Write it as http://proxy.example:3128 or http://USER:PASSWORD@proxy.example:3128, with special characters of the password as %XX.",
    });
  }
  const { username, password } = proxy;
  const authorization = `Basic ${base64(login(username, password))}`;
  return {
    variable,
    where: proxy.host,
    url: new URL(proxy.origin),
    ...((username !== "" || password !== "") && { authorization: Secret.of(authorization) }),
  };
}

const NOBODY = { username: "", password: "" };

/** A host and a port alone are a proxy too. */
function parse(address: Secret): URL | undefined {
  const text = address.reveal().trim();
  const whole = text.includes("://") ? text : `http://${text}`;
  return URL.canParse(whole) ? new URL(whole) : undefined;
}

const login = (username: string, password: string): string => `${decode(username)}:${decode(password)}`;

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** `*`, names with all that is under them, addresses and networks; each may have a port. */
function isExcepted(url: URL, except: string): boolean {
  const port = url.port || "443";
  const host = bare(url.hostname).toLowerCase();
  return except
    .split(/[,\s]+/)
    .filter(Boolean)
    .some((entry) => {
      const [, name = "", onlyPort] = /^(\[[^\]]*\]|[^:]*|[^:]*:.*:[^:]*)(?::(\d+))?$/.exec(entry) ?? [];
      return (onlyPort === undefined || onlyPort === port) && covers(bare(name.toLowerCase()), host);
    });
}

function covers(entry: string, host: string): boolean {
  if (entry === "*") return true;
  if (isIP(host) !== 0) return coversAddress(entry, host);
  const name = entry.replace(/^\*?\./, "");
  return name !== "" && (host === name || host.endsWith(`.${name}`));
}

function coversAddress(entry: string, address: string): boolean {
  const [network = "", bits] = entry.split("/");
  if (isIP(network) !== isIP(address)) return false;
  const family = isIP(network) === 4 ? "ipv4" : "ipv6";
  const most = family === "ipv4" ? 32 : 128;
  const prefix = bits === undefined ? most : /^\d{1,3}$/.test(bits) ? Number(bits) : -1;
  if (prefix < 0 || prefix > most) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, family);
  return list.check(address, family);
}

const bare = (host: string): string => host.replace(/^\[(.*)\]$/, "$1");
