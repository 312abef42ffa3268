import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { isKeywrightError, type KeywrightError } from "../core/error.ts";
import { makeCertificate } from "./certificate.fixture.ts";
import { type HttpLimits, openHttpTransport } from "./http-transport.ts";
import { startProxy } from "./proxy.fixture.ts";
import { readProxySettings } from "./proxy.ts";
import { TransportFailure } from "./transport-failure.ts";
import type { Transport } from "./transport.ts";

/** Gives its port. Its connections end with the test. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => void sockets.add(socket.on("error", () => undefined)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function openTo(url: string, limits: Partial<HttpLimits>, proxy?: string): Transport {
  const settings = proxy === undefined ? undefined : readProxySettings({ HTTPS_PROXY: proxy });
  const transport = openHttpTransport(url, limits, settings);
  onTestFinished(() => transport.close());
  return transport;
}

const openAgainst = async (handle: RequestListener, limits: Partial<HttpLimits> = {}): Promise<Transport> =>
  openTo(`http://127.0.0.1:${await listen(createServer(handle))}`, limits);

/** To a server that takes requests and never answers. */
const intoSilence = (limits: Partial<HttpLimits>, onRequest: () => void = () => undefined) =>
  openAgainst(onRequest, limits);

const REQUEST = { method: "POST", path: "/v1/keys", headers: {}, body: "{}" } as const;

async function failure(work: Promise<unknown>): Promise<KeywrightError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (isKeywrightError(error)) return error;
  throw new Error("it did not fail as it should");
}

const isLasting = ({ cause }: KeywrightError): boolean =>
  cause instanceof TransportFailure && cause.isLasting;

test("an answer comes with its status, its headers and its text", async () => {
  const transport = await openAgainst((request, response) => {
    response.writeHead(201, { "x-path": request.url, "set-cookie": ["a", "b"] }).end("\ufeff{}");
  });
  expect(await transport.request(REQUEST)).toMatchObject({
    status: 201,
    headers: { "x-path": "/v1/keys", "set-cookie": "a, b" },
    body: "{}",
  });
});

test.each([
  ["whole answer", { totalMs: 50 }, /gave no answer within 0\.05 seconds\.$/],
  ["head of the answer", { headersMs: 50 }, /gave no answer within 0\.05 seconds\.$/],
])(
  "a store whose %s does not come in time leaves an unknown outcome, and the limit is told",
  async (_what, limits, words) => {
    const transport = await intoSilence(limits);
    const error = await failure(transport.request(REQUEST));
    expect([error.code, error.message]).toEqual(["STORE_OUTCOME_UNKNOWN", expect.stringMatching(words)]);
  },
);

test("a store that stops in the middle of its answer leaves an unknown outcome", async () => {
  const transport = await openAgainst((_, response) => void response.writeHead(200).write("{"), {
    bodyMs: 50,
  });
  const error = await failure(transport.request(REQUEST));
  expect([error.code, error.message]).toEqual([
    "STORE_OUTCOME_UNKNOWN",
    expect.stringMatching(/gave no whole answer and was silent for 0\.05 seconds\.$/),
  ]);
});

test("A14: an answer over the limit is not read to its end", async () => {
  const transport = await openAgainst(
    (_, response) => void response.writeHead(200).write("x".repeat(9_000)),
    {
      responseBytes: 5_000,
    },
  );
  expect((await failure(transport.request(REQUEST))).code).toBe("STORE_CONTRACT");
});

test("a signal ends the waiting with an unknown outcome; what was not sent yet was interrupted", async () => {
  const stop = new AbortController();
  const transport = await intoSilence({}, () => stop.abort());
  const error = await failure(transport.request(REQUEST, stop.signal));
  expect(error.code).toBe("STORE_OUTCOME_UNKNOWN");
  expect(error.message).toMatch(/gave no answer before this run had to end\.$/);
  expect((await failure(transport.request(REQUEST, stop.signal))).code).toBe("INTERRUPTED");
});

/** To a server that takes connections and never says a word. */
const neverOpening = async (limits: Partial<HttpLimits>, onConnection?: () => void): Promise<Transport> => {
  const server = createTcpServer();
  if (onConnection) server.on("connection", onConnection);
  return openTo(`https://127.0.0.1:${await listen(server)}`, limits);
};

test("a request whose connection never opens has certainly not been carried out", async () => {
  const byLimit = await failure((await neverOpening({ connectMs: 50 })).request(REQUEST));
  expect([byLimit.code, byLimit.message]).toEqual([
    "STORE_UNREACHABLE",
    expect.stringContaining("let nobody in"),
  ]);
  const byTotal = await failure((await neverOpening({ totalMs: 50 })).request(REQUEST));
  expect([byTotal.code, byTotal.message]).toEqual([
    "STORE_UNREACHABLE",
    expect.stringContaining("let nobody in within 0.05 seconds"),
  ]);
  const stop = new AbortController();
  const bySignal = await failure((await neverOpening({}, () => stop.abort())).request(REQUEST, stop.signal));
  expect(bySignal.code).toBe("INTERRUPTED");
});

test("a request that waited for a connection until it was told to end never leaves", async () => {
  const seen: string[] = [];
  let answer: (() => void) | undefined;
  const transport = await openAgainst(
    ({ url = "" }, response) => {
      seen.push(url);
      answer = () => response.end("{}");
      if (url === "/last") answer();
    },
    { connections: 1 },
  );
  const first = transport.request({ ...REQUEST, path: "/first" });
  await expect.poll(() => seen.length).toBe(1);
  const stop = new AbortController();
  const waiting = failure(transport.request({ ...REQUEST, path: "/given-up" }, stop.signal));
  const last = transport.request({ ...REQUEST, path: "/last" });
  stop.abort();
  expect((await waiting).code).toBe("INTERRUPTED");
  answer?.();
  await Promise.all([first, last]);
  expect(seen).toEqual(["/first", "/last"]);
});

test("a certificate that nobody vouches for is refused, and not tried again", async () => {
  const server = createTlsServer(await makeCertificate(["IP:127.0.0.1"]), (_, response) => response.end());
  const transport = openTo(`https://127.0.0.1:${await listen(server)}`, {});
  const error = await failure(transport.request(REQUEST));
  expect([error.code, error.message]).toEqual([
    "STORE_UNREACHABLE",
    expect.stringContaining("nobody that this machine trusts"),
  ]);
  expect(error.hint).toContain("NODE_EXTRA_CA_CERTS");
  expect(isLasting(error)).toBe(true);
});

test("a server without TLS is told as one", async () => {
  const port = await listen(createServer((_, response) => response.end()));
  const error = await failure(openTo(`https://127.0.0.1:${port}`, {}).request(REQUEST));
  expect([error.code, error.message]).toEqual([
    "STORE_UNREACHABLE",
    expect.stringContaining("does not speak TLS"),
  ]);
  expect(error.hint).toContain("port in store.url");
});

const PAGE = "<html>Blocked</html>";
const withPage = (head: string): string =>
  `HTTP/1.1 ${head}\r\ncontent-type: text/html\r\ncontent-length: ${PAGE.length}\r\n\r\n${PAGE}`;

test.each([
  [
    "a refusal with a page",
    withPage("403 Forbidden"),
    "did not open the way to keys.example (403)",
    "let keys.example through",
  ],
  ["a page where the way should be", withPage("200 OK"), "does not speak TLS", "port in store.url"],
  ["something that is no HTTP", "220 smtp.example ready\r\n", "is no HTTP proxy", "scheme in HTTPS_PROXY"],
  ["nothing", "", "did not open", "Check HTTPS_PROXY"],
])(
  "a proxy that answers %s is told, with what to do, and nothing was sent",
  async (_what, answer, what, hint) => {
    const { host } = await startProxy({ answer });
    const error = await failure(
      openTo("https://keys.example", { connectMs: 100 }, `http://${host}`).request(REQUEST),
    );
    expect(error.code).toBe("STORE_UNREACHABLE");
    expect(error.message).toContain(what);
    expect(error.hint).toContain(hint);
  },
);

test("a proxy asks for a password, gets a wrong one, and gets the right one; none is ever said", async () => {
  const { key, cert } = await makeCertificate(["DNS:keys.example"]);
  const port = await listen(createTlsServer({ key, cert }, (_, response) => response.end("{}")));
  const { host, asked } = await startProxy({ port, login: "us:er:p@ss hunter2" });
  const through = (login: string) =>
    failure(openTo("https://keys.example", {}, `http://${login}${host}`).request(REQUEST));
  const none = await through("");
  expect([none.message, isLasting(none)]).toEqual([
    `The proxy at ${host} asks for a user and a password (407).`,
    true,
  ]);
  const wrong = await through("user:wrong-hunter2@");
  expect(wrong.message).toBe(
    `The proxy at ${host} does not accept the user and password in HTTPS_PROXY (407).`,
  );
  expect(`${wrong.message} ${wrong.hint} ${JSON.stringify(wrong)} ${wrong.stack}`).not.toContain("hunter2");
  // Let through: what comes next is the certificate, which is of nobody's.
  expect((await through("us%3Aer:p%40ss%20hunter2@")).message).toContain("nobody that this machine trusts");
  expect(asked).toEqual(["keys.example:443", "keys.example:443", "keys.example:443"]);
});

test("a proxy that is not there is told from a store that is not there", async () => {
  const error = await failure(openTo("https://keys.example", {}, "127.0.0.1:9").request(REQUEST));
  expect([error.code, error.message]).toEqual([
    "STORE_UNREACHABLE",
    "The proxy at 127.0.0.1:9 cannot be reached (ECONNREFUSED).",
  ]);
  expect(error.hint).toContain("NO_PROXY");
});

test("this very machine is never reached through a proxy", async () => {
  const port = await listen(createServer((_, response) => response.end("{}")));
  const transport = openTo(`http://localhost:${port}`, {}, "http://127.0.0.1:9");
  expect((await transport.request(REQUEST)).body).toBe("{}");
});
