/** Requests to Vault with a token that is good: one login for all of them, and another when the token has come to its end. */

import { isKeywrightError, KeywrightError } from "../../core/error.ts";
import { fingerprintOf } from "../../core/key-format.ts";
import type { Clock } from "../../core/ports.ts";
import type { Secret } from "../../core/secret.ts";
import { type ApiClient, createApiClient, type Exchange } from "../../http/api-client.ts";
import { createRequestLimiter } from "../../http/request-limiter.ts";
import type { Transport } from "../../http/transport.ts";
import { createVaultDialect } from "./vault-dialect.ts";
import { logIn, type VaultLogin, type VaultToken } from "./vault-login.ts";

export interface VaultSessionParts {
  readonly transport: Transport;
  readonly login: VaultLogin;
  readonly namespace?: string | undefined;
  readonly clock: Clock;
  /** Pauses before the second and further tries of a reading. */
  readonly retryPausesMs?: readonly number[] | undefined;
  /** Hears of each token, which must stand in no text. */
  readonly onToken?: ((token: Secret) => void) | undefined;
}

/** No rate of ours: Vault says 429 where it has a quota. */
const LIMITS = { perMinute: Infinity, burst: 1, longestWaitMs: 10 * 60_000 };

/** What a good token may not do is STORE_FORBIDDEN; STORE_UNAUTHORIZED where there is no token that Vault accepts. */
export function createVaultSession(parts: VaultSessionParts): ApiClient {
  const tokens = new Tokens(parts);
  const ask = async (work: (api: ApiClient) => Promise<Exchange>): Promise<Exchange> => {
    const token = await tokens.current();
    const answer = await work(tokens.clientOf(token)).catch(forbidden);
    if (!(answer instanceof KeywrightError)) return answer;
    const other = await tokens.replacementOf(token, answer);
    return work(tokens.clientOf(other));
  };
  return {
    read: (...request) => ask((api) => api.read(...request)),
    // A 403 says that nothing was done: with another token it may be sent again.
    send: (...request) => ask((api) => api.send(...request)),
  };
}

function forbidden(error: unknown): KeywrightError {
  if (isKeywrightError(error, "STORE_FORBIDDEN")) return error;
  throw error;
}

class Tokens {
  readonly #parts: VaultSessionParts;
  readonly #limiter = createRequestLimiter(LIMITS);
  #login: Promise<VaultToken> | undefined;

  constructor(parts: VaultSessionParts) {
    this.#parts = parts;
  }

  clientOf({ secret }: VaultToken): ApiClient {
    return this.#client(() => secret);
  }

  /** Logs in where nobody has yet, or where the token is at its end. */
  async current(): Promise<VaultToken> {
    this.#login ??= this.#logIn();
    const login = this.#login;
    const token = await login;
    if (token.renewAt === undefined || this.#parts.clock.now() < token.renewAt) return token;
    return this.#after(login);
  }

  /** Another token in place of one that Vault does not take any more. Throws `refusal` where the token is not what it lacks. */
  async replacementOf(token: VaultToken, refusal: KeywrightError): Promise<VaultToken> {
    const login = this.#login;
    const known = await login;
    if (login && known === token) {
      if (await this.#isGood(token))
        throw new KeywrightError(refusal.code, refusal.message, { hint: POLICY });
      const other = await this.#after(login);
      if (fingerprintOf(other.secret) !== fingerprintOf(token.secret)) return other;
      throw unaccepted(refusal, TOKEN);
    }
    return this.current();
  }

  /** One login for all that wait for it. */
  #after(login: Promise<VaultToken>): Promise<VaultToken> {
    if (this.#login === login) this.#login = this.#logIn();
    return this.#login ?? this.#logIn();
  }

  /** One that failed is forgotten. */
  #logIn(): Promise<VaultToken> {
    const { login, clock, onToken } = this.#parts;
    const started = logIn(login, this.#client(), clock)
      .then((token) => {
        onToken?.(token.secret);
        return token;
      })
      .catch((error: unknown) => {
        if (this.#login === started) this.#login = undefined;
        throw isKeywrightError(error, "STORE_FORBIDDEN") ? unaccepted(error, LOGIN) : error;
      });
    return started;
  }

  /** Whether Vault knows the token: `default` allows everybody to ask that. */
  async #isGood(token: VaultToken): Promise<boolean> {
    const path = "/v1/auth/token/lookup-self";
    const { response } = await this.clientOf(token).read(path, undefined, [403]);
    return response.status !== 403;
  }

  #client(token?: () => Secret): ApiClient {
    const { transport, namespace, clock, retryPausesMs } = this.#parts;
    const dialect = createVaultDialect({ namespace, clock, ...(token && { token }) });
    return createApiClient({
      transport,
      dialect,
      limiter: this.#limiter,
      ...(retryPausesMs && { retryPausesMs }),
    });
  }
}

/** Another code than of what a good token may not do. */
const unaccepted = ({ message }: KeywrightError, hint: string): KeywrightError =>
  new KeywrightError("STORE_UNAUTHORIZED", message, { hint });

const POLICY =
  "The token is good, but no policy of it allows this: docs/sinks/vault.md has the policy that the sink needs.";
const TOKEN =
  "Vault does not accept the token: it may be mistyped, expired, revoked, of another namespace, or without the policy default.";
const LOGIN = "Check the auth method's mount and its role, and the namespace.";
