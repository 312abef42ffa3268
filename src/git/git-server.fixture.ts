/** A Git server over http on the loopback interface, with what servers and networks do to their clients. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What becomes of a request: `cut` carries it out and breaks the connection; `drop` breaks it before; `late` breaks it,
 * and carries it out when `runLate` says so.
 */
export type Fate = "answer" | "cut" | "drop" | "late" | "forbid";

export interface GitServer {
  /** Of the directory whose repositories are served. */
  readonly url: string;
  /** Asked for every request, with `GET /x.git/info/refs?service=git-upload-pack` or the like. */
  decide: (request: string) => Fate | Promise<Fate>;
  runLate(): Promise<void>;
  close(): Promise<void>;
}

/** Whether this request, with this credential in base64, is let in. */
export type Gate = (credential: string, request: string) => boolean;

/** Serves the bare repositories in `root` to who sends `credential`, in base64, exactly once; or to whom a gate lets in. */
export async function startGitServer(root: string, credential: string | Gate): Promise<GitServer> {
  const isLetIn =
    typeof credential === "string"
      ? (sent: string) => sent.toLowerCase() === credential.toLowerCase()
      : credential;
  const server = createServer(
    (request, response) => void serve(request, response).catch(() => response.destroy()),
  );
  const late: (() => Promise<unknown>)[] = [];
  const gitServer: GitServer = {
    url: "",
    decide: () => "answer",
    runLate: async () => {
      for (const run of late.splice(0)) await run();
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const what = `${request.method} ${request.url}`;
    const fate = await gitServer.decide(what);
    if (fate === "late") late.push(() => runBackend(root, request, Buffer.concat(chunks)));
    if (fate === "drop" || fate === "late") return void request.socket.destroy();
    if (fate === "forbid") return void response.writeHead(403).end("You may not write here\n");
    const shown = request.headersDistinct["authorization"] ?? [];
    if (shown.length > 1) return void response.writeHead(400).end("Duplicate header\n");
    if (!isLetIn(/^basic (.*)$/i.exec(shown[0] ?? "")?.[1] ?? "", what)) {
      return void response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
    }
    const answer = await runBackend(root, request, Buffer.concat(chunks));
    if (fate === "cut") return void request.socket.destroy();
    return send(response, answer);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(gitServer, { url: `http://127.0.0.1:${port}` });
}

async function runBackend(root: string, request: IncomingMessage, body: Buffer): Promise<Buffer> {
  const url = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"],
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      REMOTE_USER: "test",
      REQUEST_METHOD: request.method,
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: request.headersDistinct["git-protocol"]?.join(":") ?? "",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => undefined).end(body);
  const chunks: Buffer[] = [];
  for await (const chunk of child.stdout) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, answer: Buffer): void {
  const end = answer.indexOf("\r\n\r\n");
  const headers = answer
    .subarray(0, end)
    .toString("latin1")
    .split("\r\n")
    .map((line) => line.split(/:\s*/, 2) as [string, string]);
  const status = headers.find(([name]) => name === "Status")?.[1] ?? "200";
  for (const [name, value] of headers) if (name !== "Status") response.setHeader(name, value);
  response.writeHead(Number.parseInt(status, 10)).end(answer.subarray(end + 4));
}
