/** An HTTP proxy for tests that opens every way to one server of this machine, whatever host is asked for. */

import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";

export interface TestProxy {
  /** `127.0.0.1:…`. */
  readonly host: string;
  /** The hosts that were asked for. */
  readonly asked: readonly string[];
}

export interface ProxyBehaviour {
  /** Where every way leads; default: nowhere. */
  readonly port?: number;
  /** `user:password` that it asks for. */
  readonly login?: string;
  /** What it answers instead of opening a way, to the letter; empty: nothing, ever. */
  readonly answer?: string;
}

export async function startProxy({ port, login, answer }: ProxyBehaviour): Promise<TestProxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const keep = <S extends Duplex>(socket: S): S => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    return socket;
  };
  const server = createServer((_, response) => response.writeHead(400).end());
  server.on("connection", keep);
  server.on("connect", (request, socket: Socket, head: Buffer) => {
    asked.push(request.url ?? "");
    if (answer !== undefined) return void socket.write(answer);
    const given = request.headers["proxy-authorization"];
    if (login !== undefined && given !== `Basic ${Buffer.from(login).toString("base64")}`) {
      return void socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="x"\r\n\r\n',
      );
    }
    const onward = keep(
      connect(port ?? 0, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 OK\r\n\r\n");
        onward.write(head);
        onward.pipe(socket).pipe(onward);
      }),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}
