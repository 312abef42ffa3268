/** What a person reads when the way to the key store is barred: what is wrong, what to do, and never a secret. */

import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { aHost } from "../../src/cli/a-host.fixture.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { type Certificate, makeCertificate } from "../../src/http/certificate.fixture.ts";
import { startProxy } from "../../src/http/proxy.fixture.ts";
import { aKeyManifest, createProject, type Project, type Result } from "./project.fixture.ts";
import { httpConfig } from "./server.fixture.ts";

const TOKEN = "hunter2-Q7fJ3kX9mTzW";

/** What the store at each path says to everybody. */
const STORE: RequestListener = ({ url = "" }, response) => {
  const [, name] = url.split("/");
  const json = { "content-type": "application/json" };
  if (name === "knows-nobody") return void response.writeHead(401, json).end(`{"detail":"no ${TOKEN}"}`);
  if (name === "page")
    return void response.writeHead(200, { "content-type": "text/html" }).end("<html>Hello</html>");
  if (name === "lost")
    return void response.writeHead(404, { "content-type": "text/html" }).end("<html>404</html>");
  if (name === "moved")
    return void response.writeHead(302, { location: "https://login.example/x?t=1" }).end();
  if (name === "busy") return void response.writeHead(429, { "retry-after": "3600" }).end();
  return void response.writeHead(503).end();
};

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return (server.address() as AddressInfo).port;
}

const tlsStore = (certificate: Certificate): Promise<number> => listen(createTlsServer(certificate, STORE));

interface Asked {
  readonly url: string;
  readonly credential?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/**
 * A project whose commands ask these stores, all at once; gives what each says. What the process itself must know at its
 * start (`NODE_…`) makes it one of its own.
 */
async function ask(...all: readonly Asked[]): Promise<readonly Told[]> {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  project.watch(TOKEN);
  const results = await Promise.all(all.map((asked, index) => askOne(project, asked, index)));
  expect(await project.leaks()).toEqual([]);
  for (const { code, out } of results) expect({ code, out }).toEqual({ code: 1, out: "" });
  return results;
}

type Told = Pick<Result, "code" | "out" | "err">;

async function askOne(project: Project, { url, credential, env: more }: Asked, index: number): Promise<Told> {
  const file = `config-${index}.yaml`;
  await project.write({ [file]: httpConfig(url, credential ?? "env: STORE_TOKEN") });
  const args = ["plan", "--config", file];
  const env = { STORE_TOKEN: TOKEN, ...more };
  if (Object.keys(env).some((name) => name.startsWith("NODE_"))) return project.run(args, { env });
  const host = aHost({ cwd: project.directory, env });
  const code = await runCli(args, host);
  project.heard(host.printed.out + host.printed.err);
  return { code, ...host.printed };
}

/** Error and hint, in one text. */
const errorsOf = (results: readonly Told[]): readonly string[] => results.map(({ err }) => err);

const said = (message: string, hint: string): unknown =>
  expect.stringMatching(new RegExp(`${message}[^]*hint: [^]*${hint}`));

test("S5: a credential that is missing, or that no credential can be, is told by its place", async () => {
  const url = "http://127.0.0.1:9";
  const named = (value: string | undefined): Asked => ({ url, env: { STORE_TOKEN: value } });
  const results = await ask(
    named(undefined),
    named(""),
    { url, credential: "file: gone/token" },
    named(`${TOKEN}\r\nx-admin: yes`),
    named(`\u201c${TOKEN}\u201d`),
    named(`Bearer ${TOKEN}`),
  );
  const variable = "CREDENTIAL_MISSING +the environment variable STORE_TOKEN";
  expect(errorsOf(results)).toEqual([
    said(`${variable} is not there; config-0.yaml:5`, "set it, or name another place"),
    said(`${variable} is empty; config-1.yaml:5`, "set it"),
    said("CREDENTIAL_MISSING +the file /.*/gone/token is not there", "set it"),
    said(`${variable} has more than one line: a line break at its character 21`, "alone there"),
    said(`${variable} has a character at its beginning that is no plain letter`, "copy the credential anew"),
    said(`${variable} has a space at its character 7`, "without a word before it such as Bearer"),
  ]);
});

test("a store that refuses, or that is another thing, is told with what to do", async () => {
  const base = `http://127.0.0.1:${await listen(createServer(STORE))}`;
  const at = (name: string): Asked => ({ url: `${base}/${name}` });
  const results = await ask(at("knows-nobody"), at("page"), at("lost"), at("moved"), at("busy"), at("ill"));
  expect(errorsOf(results)).toEqual([
    said("STORE_UNAUTHORIZED +The store does not accept the credential", "Check store.credential"),
    said(
      "STORE_CONTRACT +The store's answer \\(200\\) to GET /v1/store is a web page",
      "Check that store.url",
    ),
    said("STORE_CONTRACT +The store's answer \\(404\\) to GET /.* is a web page", "Check that store.url"),
    said("STORE_CONTRACT +.* answers with a redirect \\(302\\) to login.example", "Check store.url"),
    said("STORE_BUSY +The store asks to wait 1h", "A run waits 10m at most"),
    said(
      "STORE_UNREACHABLE +The key store at 127.0.0.1:\\d+ cannot be read: it answered 503",
      "Check store.url",
    ),
  ]);
  for (const text of errorsOf(results)) expect(text).not.toContain("may have been carried out");
});

test("a store that cannot be reached is told by what stops at the way", async () => {
  const plain = await listen(createServer(STORE));
  const results = await ask(
    { url: "http://127.0.0.1:9" },
    { url: "https://no-such-host.invalid" },
    { url: `https://127.0.0.1:${plain}` },
  );
  expect(errorsOf(results)).toEqual([
    said(
      "STORE_UNREACHABLE +The key store at 127.0.0.1:9 cannot be reached \\(ECONNREFUSED\\)",
      "that the server runs",
    ),
    said("STORE_UNREACHABLE +.* its name is not known here \\((ENOTFOUND|EAI_AGAIN)\\)", "HTTPS_PROXY"),
    said(
      "STORE_UNREACHABLE +The key store at 127.0.0.1:\\d+ does not speak TLS",
      "Check the port in store.url",
    ),
  ]);
});

const urlOf = async (certificate: Certificate): Promise<string> =>
  `https://localhost:${await tlsStore(certificate)}/knows-nobody`;
const trusting = ({ file }: Certificate) => ({ NODE_EXTRA_CA_CERTS: file });

test("A14: a certificate is believed when it is valid, of this name and of an authority that is trusted, and else never", async () => {
  const [good, old, other] = await Promise.all([
    makeCertificate(["DNS:localhost"]),
    makeCertificate(["DNS:localhost"], -1),
    makeCertificate(["DNS:other.example"]),
  ]);
  const url = await urlOf(good);
  const results = await ask(
    { url },
    // Nobody turns the check off.
    { url, env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" } },
    { url: await urlOf(old), env: trusting(old) },
    { url: await urlOf(other), env: trusting(other) },
    { url, env: trusting(good) },
  );
  const certificate = "STORE_UNREACHABLE +The certificate of the key store at localhost:\\d+";
  expect(errorsOf(results)).toEqual([
    said(`${certificate} comes from nobody that this machine trusts`, "NODE_EXTRA_CA_CERTS="),
    said(`${certificate} comes from nobody that this machine trusts`, "NODE_EXTRA_CA_CERTS="),
    said(`${certificate} has expired`, "has to renew it"),
    said(`${certificate} is for another name`, "store.url as the certificate has it"),
    said("STORE_UNAUTHORIZED +The store does not accept the credential", "Check store.credential"),
  ]);
});

const PASSWORD = "Zr8-hunter2-pQw5";

test("a proxy that bars the way is told, and its password never", async () => {
  const certificate = await makeCertificate(["DNS:keys.example"]);
  const proxy = await startProxy({ port: await tlsStore(certificate), login: `us:er:${PASSWORD}` });
  const page = await startProxy({
    answer: "HTTP/1.1 403 Forbidden\r\ncontent-type: text/html\r\n\r\n<html>Blocked</html>",
  });
  const url = "https://keys.example/knows-nobody";
  const through = (address: string, env = {}): Asked => ({
    url,
    env: { HTTPS_PROXY: address, ...env },
  });
  const results = await ask(
    through("http://127.0.0.1:9"),
    through(`http://${proxy.host}`),
    through(`http://us:wrong-${PASSWORD}@${proxy.host}`),
    through(`http://${page.host}`),
    through(`socks5://us:${PASSWORD}@${proxy.host}`),
    through(`http://us%3Aer:${PASSWORD}@${proxy.host}`),
    through("127.0.0.1:9", {
      ...trusting(certificate),
      https_proxy: `us%3Aer:${PASSWORD}@${proxy.host}`,
      NO_PROXY: "other",
    }),
    through(`http://us%3Aer:${PASSWORD}@${proxy.host}`, { no_proxy: ".example" }),
  );
  expect(errorsOf(results)).toEqual([
    said(
      "STORE_UNREACHABLE +The proxy at 127.0.0.1:9 cannot be reached \\(ECONNREFUSED\\)",
      "Check HTTPS_PROXY",
    ),
    said(
      "STORE_UNREACHABLE +The proxy at 127.* asks for a user and a password \\(407\\)",
      "into HTTPS_PROXY",
    ),
    said("STORE_UNREACHABLE +The proxy at 127.* does not accept the user and password", "into HTTPS_PROXY"),
    said(
      "STORE_UNREACHABLE +The proxy at 127.* did not open the way to keys.example \\(403\\)",
      "let keys.example",
    ),
    said("INPUT_INVALID +HTTPS_PROXY is not the address of an HTTP proxy", "http://proxy.example:3128"),
    said(
      "STORE_UNREACHABLE +The certificate of the key store at keys.example comes from nobody",
      "NODE_EXTRA_CA",
    ),
    said("STORE_UNAUTHORIZED +The store does not accept the credential", "Check store.credential"),
    said("STORE_UNREACHABLE +.* its name is not known here", "HTTPS_PROXY"),
  ]);
  for (const { err } of results) expect(err).not.toContain("hunter2");
  expect(new Set(proxy.asked)).toEqual(new Set(["keys.example:443"]));
});

test("this very machine is never reached through a proxy", async () => {
  const base = `http://127.0.0.1:${await listen(createServer(STORE))}/knows-nobody`;
  const nowhere = "http://127.0.0.1:9";
  const [result] = await ask({
    url: base,
    env: { HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere, ALL_PROXY: nowhere },
  });
  expect(result?.err).toContain("STORE_UNAUTHORIZED");
});
