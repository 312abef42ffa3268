import { KeywrightError } from "../core/error.ts";
import { isLoopback } from "../core/is-loopback.ts";

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** `127.0.0.1:9464`, `[::1]:9464`, `:9464` (of 127.0.0.1). Throws USAGE, also for an address that others reach unless `isRemoteAllowed`. */
export function parseListenAddress(text: string, isRemoteAllowed: boolean): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (!match || port > 65_535) {
    throw new KeywrightError("USAGE", `--listen ${JSON.stringify(text)} is no address`, {
      hint: "write host and port, such as 127.0.0.1:9464",
    });
  }
  const host = match[1] ?? (match[2] === "" ? "127.0.0.1" : (match[2] ?? ""));
  if (isLoopback(host) || isRemoteAllowed) return { host, port };
  throw new KeywrightError("USAGE", `others reach ${host}, and would read names and states of keys there`, {
    hint: "listen on 127.0.0.1, or pass --allow-remote-listen if only probes and the scraper come there",
  });
}
