/** Where a job of GitHub Actions gets its OIDC token: signs RS256, as the real issuer does. */

import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface GithubIssuer {
  /** ACTIONS_ID_TOKEN_REQUEST_URL. */
  readonly requestUrl: string;
  /** ACTIONS_ID_TOKEN_REQUEST_TOKEN. */
  readonly requestToken: string;
  readonly publicKey: KeyObject;
  /** Every token that was given out. */
  readonly given: readonly string[];
  /** Answers the next requests instead, each once. */
  strike(status: number, body: string): void;
  close(): Promise<void>;
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** They take long to make. */
let keys: ReturnType<typeof makeKeys> | undefined;
const makeKeys = () => generateKeyPairSync("rsa", { modulusLength: 2048 });

export async function startGithubIssuer(now: () => Date, claims: object): Promise<GithubIssuer> {
  const { publicKey, privateKey } = (keys ??= makeKeys());
  const requestToken = "github-request-token-of-the-test";
  const given: string[] = [];
  const strikes: (readonly [number, string])[] = [];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://issuer");
    const end = (status: number, body: string): void =>
      void response.writeHead(status, { "content-type": "application/json" }).end(body);
    const strike = strikes.shift();
    if (strike) return end(...strike);
    if (request.headers.authorization !== `Bearer ${requestToken}`) return end(401, "{}");
    if (pathname !== "/token" || searchParams.get("api-version") !== "2.0") return end(404, "{}");
    const exp = Math.floor(now().getTime() / 1000) + 300;
    const signed = `${base64({ alg: "RS256", typ: "JWT" })}.${base64({ ...claims, aud: searchParams.get("audience"), exp })}`;
    const value = `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
    given.push(value);
    return end(200, JSON.stringify({ count: value.length, value }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    requestUrl: `http://127.0.0.1:${port}/token?api-version=2.0`,
    requestToken,
    publicKey,
    given,
    strike: (...strike) => void strikes.push(strike),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
