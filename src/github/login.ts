/** Who we are on GitHub, as it names the authors of comments and issues. */

import { isKeywrightError } from "../core/error.ts";
import type { ApiClient } from "../http/api-client.ts";
import { parseAnswer, type SchemaOf } from "../http/answer.ts";
import { askGitHub } from "./ask-github.ts";
import type { Repository } from "./repository.ts";

export interface LoginParts {
  readonly client: ApiClient;
  /** As the App itself; absent where there is only a token. */
  readonly app: ApiClient | undefined;
  /** Of a token that is no user's: it cannot ask whose it is. */
  readonly appSlug: string;
}

/** Asked once, at the first use. No user's name has brackets, so `slug[bot]` is that App and nobody else. */
export function createLogin(parts: LoginParts): Repository["login"] {
  let known: Promise<string> | undefined;
  return (signal) => {
    const asked = known ?? ask(parts, signal);
    known = asked;
    asked.catch(() => (known = undefined));
    return asked;
  };
}

const ask = ({ client, app, appSlug }: LoginParts, signal?: AbortSignal): Promise<string> =>
  askGitHub({ what: "learn whose the credential for GitHub is", permission: "metadata: read" }, async () => {
    if (app) {
      const { request, response } = await app.read("/app", signal);
      return `${parseAnswer(APP, response, request).slug}[bot]`;
    }
    try {
      const { request, response } = await client.read("/user", signal);
      return parseAnswer(USER, response, request).login;
    } catch (error) {
      if (!isOfApp(error)) throw error;
      return `${appSlug}[bot]`;
    }
  });

const isOfApp = (error: unknown): boolean =>
  isKeywrightError(error, "STORE_FORBIDDEN") && /not accessible by integration/i.test(error.message);

const USER: SchemaOf<{ readonly login: string }> = Object.freeze({
  type: "object",
  required: ["login"],
  properties: { login: { type: "string", minLength: 1, maxLength: 200 } },
});

const APP: SchemaOf<{ readonly slug: string }> = Object.freeze({
  type: "object",
  required: ["slug"],
  properties: { slug: { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$" } },
});
