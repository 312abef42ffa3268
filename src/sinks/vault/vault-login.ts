/** The ways to a token: one that is there already, AppRole, and a JWT such as GitHub Actions makes for a job. */

import type { Clock } from "../../core/ports.ts";
import { Secret } from "../../core/secret.ts";
import { parseAnswer, type SchemaOf } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api-client.ts";
import { encoded } from "./vault-place.ts";

/** Readers are asked anew for each login: what they read may have been replaced meanwhile. */
export type VaultLogin =
  | { readonly method: "token"; readonly readToken: () => Promise<Secret> }
  | {
      readonly method: "appRole";
      /** Where the auth method is mounted, below `auth/`. */
      readonly mount: string;
      readonly roleId: string;
      readonly readSecretId: () => Promise<Secret>;
    }
  | {
      readonly method: "jwt";
      readonly mount: string;
      readonly role: string;
      readonly readJwt: () => Promise<Secret>;
    };

export interface VaultToken {
  readonly secret: Secret;
  /** When it is to be replaced by another login: a little before its end. Absent: never. */
  readonly renewAt?: Date;
}

/** `api` asks without a token. */
export async function logIn(login: VaultLogin, api: ApiClient, clock: Clock): Promise<VaultToken> {
  switch (login.method) {
    case "token":
      return { secret: await login.readToken() };
    case "appRole": {
      const secretId = (await login.readSecretId()).reveal();
      return ask(api, clock, login.mount, { role_id: login.roleId, secret_id: secretId });
    }
    case "jwt": {
      const jwt = (await login.readJwt()).reveal();
      return ask(api, clock, login.mount, { role: login.role, jwt });
    }
  }
}

async function ask(api: ApiClient, clock: Clock, mount: string, body: object): Promise<VaultToken> {
  // From here on it lives, at most this long.
  const from = clock.now().getTime();
  const login = { method: "POST", path: `/v1/auth/${encoded(mount)}/login`, body } as const;
  // A login that met no answer is tried again: a token that nobody has only waits for its end.
  const { request, response } = await api.read(login);
  const { auth } = parseAnswer(LOGIN, response, request);
  const secret = Secret.of(auth.client_token);
  if (auth.lease_duration === 0) return { secret };
  const lifeMs = auth.lease_duration * 1000;
  return { secret, renewAt: new Date(from + lifeMs - Math.min(lifeMs / 4, LAST_MS)) };
}

/** Before its end a token is not used any more: what is sent then could arrive too late. */
const LAST_MS = 60_000;

interface LoginAnswer {
  readonly auth: { readonly client_token: string; readonly lease_duration: number };
}

const LOGIN: SchemaOf<LoginAnswer> = Object.freeze({
  type: "object",
  required: ["auth"],
  properties: {
    auth: {
      type: "object",
      required: ["client_token", "lease_duration"],
      properties: {
        client_token: { type: "string", pattern: "^[\\x21-\\x7e]+$" },
        lease_duration: { type: "number", minimum: 0 },
      },
    },
  },
});
