import { parseAnswer, type SchemaOf } from "../../http/answer.ts";
import type { Holder } from "../../http/github/app-token.ts";
import type { GitHubClient } from "../../http/github/github-client.ts";
import { AskOnce } from "./ask-once.ts";
import { repositoryPath } from "./github-slot.ts";

export interface Repository {
  readonly id: number;
  readonly archived: boolean;
}

export interface Repositories {
  /** `name`: owner/name; `holder`: who asks. Undefined when there is none that the credential may see. */
  find(name: string, holder: Holder): Promise<Repository | undefined>;
}

const NOT_FOUND = 404;

export function createRepositories(github: GitHubClient): Repositories {
  const found = new AskOnce<Repository | undefined>();
  return {
    find: (name, holder) =>
      found.of(name, async () => {
        const path = repositoryPath(name);
        const { request, response } = await github.forHolder(holder).read(path, undefined, [NOT_FOUND]);
        if (response.status === NOT_FOUND) return undefined;
        const { id, archived = false } = parseAnswer(REPOSITORY, response, request);
        return { id, archived };
      }),
  };
}

const REPOSITORY: SchemaOf<{ readonly id: number; readonly archived?: boolean }> = Object.freeze({
  type: "object",
  required: ["id"],
  properties: { id: { type: "integer", minimum: 1 }, archived: { type: "boolean" } },
});
