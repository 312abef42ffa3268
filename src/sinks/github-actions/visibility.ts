/** Which repositories of an organisation see its secret: the configuration says it, never a manifest. */

import { KeywrightError } from "../../core/error.ts";
import { parseAnswer, type SchemaOf } from "../../http/answer.ts";
import type { GitHubClient } from "../../http/github/github-client.ts";
import type { GitHubPlace } from "./github-slot.ts";
import type { Repositories } from "./repositories.ts";

export type VisibilityName = "private" | "all" | "selected";

export interface Visibility {
  /** `private`: also internal repositories. */
  readonly name: VisibilityName;
  /** owner/name each; only for `selected`. */
  readonly repositories: readonly string[];
}

/** As the API has it. */
export interface VisibilityFields {
  readonly visibility: VisibilityName;
  readonly selected_repository_ids?: readonly number[];
}

/** Throws SINK_UNUSABLE where a selected repository is none that the credential may see. */
export async function visibilityFields(
  { name, repositories }: Visibility,
  { organization, holder }: GitHubPlace,
  known: Repositories,
): Promise<VisibilityFields> {
  if (name !== "selected") return { visibility: name };
  const own = repositories.filter((each) => each.startsWith(`${organization}/`));
  if (own.length === 0)
    throw unusable(`None of the selectedRepositories belongs to ${organization}.`, "name one of them there");
  const ids: number[] = [];
  for (const each of own) {
    const found = await known.find(each, holder);
    if (!found) {
      const hint = "mend its name under selectedRepositories, or let the credential read its metadata";
      throw unusable(`There is no repository ${each}, or the credential may not see it.`, hint);
    }
    ids.push(found.id);
  }
  return { visibility: name, selected_repository_ids: ids };
}

/** Whether exactly the `wanted` repositories see the secret, that GitHub says has the visibility `found`. */
export async function isVisibleAs(
  wanted: VisibilityFields,
  found: string | undefined,
  { holder, secretPath }: GitHubPlace,
  github: GitHubClient,
): Promise<boolean> {
  if (found !== wanted.visibility) return false;
  const ids = wanted.selected_repository_ids;
  if (!ids) return true;
  // No more are ever selected than one page has.
  const list = await github.forHolder(holder).read(`${secretPath}/repositories?per_page=100`);
  const { total_count: count, repositories } = parseAnswer(SELECTED, list.response, list.request);
  return count === ids.length && repositories.every(({ id }) => ids.includes(id));
}

interface SelectedAnswer {
  readonly total_count: number;
  readonly repositories: readonly { readonly id: number }[];
}

const SELECTED: SchemaOf<SelectedAnswer> = Object.freeze({
  type: "object",
  required: ["total_count", "repositories"],
  properties: {
    total_count: { type: "integer" },
    repositories: {
      type: "array",
      items: { type: "object", required: ["id"], properties: { id: { type: "integer" } } },
    },
  },
});

const unusable = (message: string, hint: string): KeywrightError =>
  new KeywrightError("SINK_UNUSABLE", message, { hint });
