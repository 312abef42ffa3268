/** A line to a PostgreSQL server that can be held and cut. */

import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { Secret } from "../../core/secret.ts";

export interface BrokenLine {
  /** The same database by way of this line. */
  readonly url: Secret;
  /** Keeps back what the server says on the connections of now until `release`; resolves with the first of it. */
  hold(): Promise<void>;
  release(): void;
  /** Cuts the line when the client says `text`: before the server hears it, or once it has answered. Default: always. */
  cut(text: string, moment: "before" | "after", times?: number): void;
  /** Cuts no more. */
  mend(): void;
  close(): Promise<void>;
}

const NOTHING = (): void => undefined;

export async function openBrokenLine(databaseUrl: Secret): Promise<BrokenLine> {
  const target = new URL(databaseUrl.reveal());
  const sockets = new Set<Socket>();
  let held: (() => void)[] | undefined;
  let noteHeld = NOTHING;
  let cut: { readonly text: string; readonly moment: "before" | "after"; times: number } | undefined;
  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end).on("close", end);
    }
    let isDoomed = false;
    const isNew = held !== undefined;
    client.on("data", (chunk) => {
      if (cut && cut.times > 0 && chunk.toString("latin1").includes(cut.text)) {
        cut.times -= 1;
        if (cut.moment === "before") return end();
        isDoomed = true;
      }
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => {
      if (isDoomed) return end();
      const pass = (): unknown => client.write(chunk);
      if (held && !isNew) held.push(pass);
      else pass();
      noteHeld();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(target);
  url.port = String((server.address() as AddressInfo).port);
  return {
    url: Secret.of(url.href),
    hold: () => {
      held = [];
      return new Promise((resolve) => (noteHeld = resolve));
    },
    release: () => {
      for (const pass of held ?? []) pass();
      held = undefined;
    },
    cut: (text, moment, times = Infinity) => {
      cut = { text, moment, times };
    },
    mend: () => {
      cut = undefined;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
