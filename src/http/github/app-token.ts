/**
 * Installation tokens of a GitHub App: a JWT that its private key signs (RS256, RFC 7519) is given for a token that holds for
 * an hour (https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app).
 */

import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import type { Clock } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import type { ApiClient } from "../api-client.ts";
import { parseAnswer, type SchemaOf } from "../answer.ts";

/** GitHub takes ten minutes at most; its clock may be behind ours. */
const JWT_MS = 9 * 60_000;
const SKEW_MS = 60_000;
/** Longer than a run may wait for a rate limit. */
const RENEW_BEFORE_MS = 15 * 60_000;

export interface AppIdentity {
  /** The App's id or its client id. */
  readonly id: string;
  readonly installationId?: string;
  /** PEM. */
  readonly privateKey: Secret;
}

/** A fresh one for every request. Throws where `privateKey` is none: it was looked at before. */
export function createAppJwt({ id, privateKey }: AppIdentity, clock: Clock): () => Secret {
  const key = createPrivateKey(privateKey.reveal());
  return () => Secret.of(signJwt(id, key, clock.now().getTime()));
}

function signJwt(issuer: string, key: KeyObject, nowMs: number): string {
  const claims = { iat: seconds(nowMs - SKEW_MS), exp: seconds(nowMs + JWT_MS), iss: issuer };
  const signed = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${sign("RSA-SHA256", Buffer.from(signed), key).toString("base64url")}`;
}

const seconds = (ms: number): number => Math.floor(ms / 1000);
const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** Where an App looks for its installation: by a repository, or an organisation. */
export type Holder = `/repos/${string}/${string}` | `/orgs/${string}`;

export interface InstallationToken {
  /** Asks GitHub only when there is none, or it ends soon. STORE_CONFLICT when the App is not installed for `holder`. */
  renew(holder: Holder, signal?: AbortSignal): Promise<void>;
  /** After `renew`. */
  current(): Secret;
}

export interface InstallationTokenParts {
  /** The API as the App itself speaks to it, by its JWT. */
  readonly app: ApiClient;
  /** Of the installation; undefined: it is looked for. */
  readonly id: string | undefined;
  readonly clock: Clock;
  readonly onToken?: (token: Secret) => void;
}

/** Of one account that the App is installed on. */
export function createInstallationToken(parts: InstallationTokenParts): InstallationToken {
  const { app, id, clock, onToken } = parts;
  let token: Token | undefined;
  const isFresh = (): boolean =>
    token !== undefined && token.endsAt - clock.now().getTime() > RENEW_BEFORE_MS;
  // One after the other: whoever waited finds the token of who was first.
  let line: Promise<unknown> = Promise.resolve();
  const ask = async (holder: Holder, signal: AbortSignal | undefined): Promise<void> => {
    if (isFresh()) return;
    token = await askToken(app, holder, id, signal);
    onToken?.(token.secret);
  };
  return {
    renew: (holder, signal) => {
      const turn = line.then(() => ask(holder, signal));
      line = turn.catch(() => undefined);
      return turn;
    },
    current: () => {
      if (!token) throw new Error("no installation token was asked for");
      return token.secret;
    },
  };
}

interface Token {
  readonly secret: Secret;
  readonly endsAt: number;
}

async function askToken(
  app: ApiClient,
  holder: Holder,
  known: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Token> {
  const id = known ?? (await findInstallation(app, holder, signal));
  const path = `/app/installations/${encodeURIComponent(id)}/access_tokens`;
  // It changes nothing: a token that nobody got ends by itself.
  const { request, response } = await app.read({ method: "POST", path }, signal);
  const { token, expires_at: endsAt } = parseAnswer(TOKEN, response, request);
  return { secret: Secret.of(token), endsAt: Date.parse(endsAt) };
}

async function findInstallation(app: ApiClient, holder: Holder, signal?: AbortSignal): Promise<string> {
  const { request, response } = await app.read(`${holder}/installation`, signal);
  return String(parseAnswer(INSTALLATION, response, request).id);
}

const TOKEN: SchemaOf<{ readonly token: string; readonly expires_at: string }> = Object.freeze({
  type: "object",
  required: ["token", "expires_at"],
  properties: {
    token: { type: "string", pattern: "^[\\x21-\\x7e]{1,4096}$" },
    expires_at: { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\dT[0-9:.]{8,16}Z$" },
  },
});

const INSTALLATION: SchemaOf<{ readonly id: number }> = Object.freeze({
  type: "object",
  required: ["id"],
  properties: { id: { type: "integer", minimum: 1 } },
});
