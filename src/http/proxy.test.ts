import { expect, test } from "vitest";
import { isKeywrightError } from "../core/error.ts";
import { proxyFor, proxySecrets, readProxySettings } from "./proxy.ts";

const STORE = new URL("https://api.keys.example");

const through = (env: Readonly<Record<string, string>>, url = STORE): string | undefined =>
  proxyFor(url, readProxySettings(env))?.where;

test.each([
  ["HTTPS_PROXY", { HTTPS_PROXY: "http://a.example:3128" }, "a.example:3128"],
  ["HTTP_PROXY, where that is all there is", { HTTP_PROXY: "http://b.example:3128" }, "b.example:3128"],
  [
    "HTTPS_PROXY before HTTP_PROXY",
    { HTTP_PROXY: "http://b.example", HTTPS_PROXY: "http://a.example" },
    "a.example",
  ],
  [
    "lower case before upper case",
    { https_proxy: "http://c.example", HTTPS_PROXY: "http://a.example" },
    "c.example",
  ],
  ["what is not empty", { https_proxy: "", HTTPS_PROXY: "http://a.example" }, "a.example"],
  ["a host and a port alone", { HTTPS_PROXY: "a.example:3128" }, "a.example:3128"],
  ["a proxy behind TLS", { HTTPS_PROXY: "https://a.example" }, "a.example"],
])("the proxy is that of %s", (_what, env, where) => {
  expect(through(env)).toBe(where);
});

test("without a variable there is none", () => {
  expect(readProxySettings({ PATH: "/bin", HTTPS_PROXY: "" })).toBeUndefined();
  expect(proxyFor(STORE, undefined)).toBeUndefined();
});

test.each([
  ["*", true],
  ["api.keys.example", true],
  ["keys.example", true],
  [".keys.example", true],
  ["*.keys.example", true],
  ["API.Keys.Example", true],
  ["other.example, keys.example", true],
  ["other.example keys.example", true],
  ["keys.example:443", true],
  ["keys.example:8443", false],
  ["ys.example", false],
  ["example.org", false],
  [".", false],
  ["10.0.0.0/8", false],
  ["", false],
])("NO_PROXY=%s: %s", (except, isDirect) => {
  const env = { HTTPS_PROXY: "http://a.example", NO_PROXY: except };
  expect(through(env)).toBe(isDirect ? undefined : "a.example");
});

test.each([
  ["https://10.1.2.3", "10.0.0.0/8", true],
  ["https://10.1.2.3", "10.1.2.3", true],
  ["https://10.1.2.3:8443", "10.1.2.3:8443", true],
  ["https://10.1.2.3", "10.0.0.0/33", false],
  ["https://10.1.2.3", "10.0.0.0/x", false],
  ["https://11.1.2.3", "10.0.0.0/8", false],
  ["https://[fd00::1]", "fd00::/8", true],
  ["https://[fd00::1]", "[fd00::1]", true],
  ["https://[fd00::1]", "10.0.0.0/8", false],
])("%s with NO_PROXY=%s: %s", (url, except, isDirect) => {
  const env = { HTTPS_PROXY: "http://a.example", no_proxy: except };
  expect(through(env, new URL(url))).toBe(isDirect ? undefined : "a.example");
});

test.each(["https://localhost:4180", "http://127.0.0.1:4180", "https://[::1]:4180"])(
  "%s is reached directly, whatever the environment says",
  (url) => {
    expect(through({ HTTPS_PROXY: "http://a.example" }, new URL(url))).toBeUndefined();
  },
);

test.each(["socks5://user:hunter2@a.example", "http://", "http://us er:hunter2@:x", "file:///hunter2"])(
  "what is no address of an HTTP proxy is refused, and not repeated",
  (address) => {
    let thrown: unknown;
    try {
      through({ https_proxy: address });
    } catch (error) {
      thrown = error;
    }
    expect(isKeywrightError(thrown, "INPUT_INVALID")).toBe(true);
    expect(String(thrown)).toContain("https_proxy is not the address of an HTTP proxy");
    expect(String(thrown)).not.toContain("hunter2");
  },
);

test("the password of a proxy is a secret, as it is written and as it is sent", () => {
  const settings = readProxySettings({ HTTPS_PROXY: "http://me:p%40ss@a.example:3128" });
  if (!settings) throw new Error("there should be a proxy");
  const secrets = proxySecrets(settings).map((secret) => secret.reveal());
  expect(secrets).toEqual(["p%40ss", "p@ss", "bWU6cEBzcw=="]);
  const proxy = proxyFor(STORE, settings);
  expect(proxy?.authorization?.reveal()).toBe("Basic bWU6cEBzcw==");
  expect(JSON.stringify(proxy)).not.toContain("p%40ss");
});

test("a proxy without a password has no secret; a user alone is shown to it", () => {
  const settings = readProxySettings({ HTTPS_PROXY: "http://me@a.example" });
  if (!settings) throw new Error("there should be a proxy");
  expect(proxySecrets(settings)).toEqual([]);
  expect(proxyFor(STORE, settings)?.authorization?.reveal()).toBe("Basic bWU6");
});

test("a password that is no right percent code is taken as it is written", () => {
  const settings = readProxySettings({ HTTPS_PROXY: "http://me:100%@a.example" });
  expect(proxyFor(STORE, settings)?.authorization?.reveal()).toBe("Basic bWU6MTAwJQ==");
});
