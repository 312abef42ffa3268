/**
 * A key's scope (SBAC). It is read in one shape and written in another, and what a section that is left out does is told
 * nowhere: so all that can be read is sent back, with what is asked for in its place.
 */

import type { KeyScope, ScopeMode } from "../../core/key-scope.ts";
import { KeywrightError } from "../../core/error.ts";
import { parseAnswer } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api-client.ts";
import { oneLine } from "../../http/one-line.ts";
import { DONE, SCOPE, type ScopeAnswer } from "./cortex-cloud-answers.ts";

type Sections = ScopeAnswer["data"];

/** STORE_CONFLICT when there is no such key. */
export async function readScope(client: ApiClient, id: string, signal?: AbortSignal): Promise<KeyScope> {
  return scopeOf(await readSections(client, id, signal));
}

/** Areas that `scope` leaves out, and rows of datasets, stay as they are. */
export async function writeScope(
  client: ApiClient,
  id: string,
  scope: KeyScope,
  signal?: AbortSignal,
): Promise<void> {
  const before = await readSections(client, id, signal);
  const edit = {
    method: "PUT",
    path: pathOf(id),
    body: { request_data: mergeScope(before, scope) },
  } as const;
  const { request, response } = await client.send(edit, signal);
  parseAnswer(DONE, response, request);
}

const pathOf = (id: string): string => `/platform/iam/v1/scope/api-key/${id}`;

async function readSections(client: ApiClient, id: string, signal?: AbortSignal): Promise<Sections> {
  const { request, response } = await client.read(pathOf(id), signal);
  return parseAnswer(SCOPE, response, request).data;
}

type Named = NonNullable<KeyScope["casesIssues"]>;

function scopeOf({ assets, endpoints, cases_issues: cases }: Sections): KeyScope {
  const { endpoint_groups: groups, endpoint_tags: tags } = endpoints ?? {};
  return {
    ...(assets && {
      assets: { mode: modeOf(assets.mode), groupIds: (assets.asset_groups ?? []).map(idOf) },
    }),
    ...(groups && { endpointGroups: namedOf(groups) }),
    ...(tags && { endpointTags: namedOf(tags) }),
    ...(cases && { casesIssues: namedOf(cases) }),
  };
}

const idOf = ({ asset_group_id: id }: { readonly asset_group_id: number }): number => id;

const namedOf = ({
  mode,
  tags,
}: NonNullable<NonNullable<Sections["endpoints"]>["endpoint_tags"]>): Named => ({
  mode: modeOf(mode),
  names: (tags ?? []).map(({ tag_name: name }) => name),
});

/** As `PUT` takes it. */
function mergeScope(before: Sections, wanted: KeyScope): object {
  const { assets, endpointGroups, endpointTags, casesIssues } = { ...scopeOf(before), ...wanted };
  const { cases_issues: cases, datasets_rows: rows } = before;
  const emptyEntities = cases?.include_cases_issues_empty_entities ?? undefined;
  return {
    ...(assets && { assets: { mode: assets.mode, asset_group_ids: assets.groupIds ?? [] } }),
    ...((endpointGroups ?? endpointTags) && {
      endpoints: {
        ...(endpointGroups && { endpoint_groups: sectionOf(endpointGroups) }),
        ...(endpointTags && { endpoint_tags: sectionOf(endpointTags) }),
      },
    }),
    ...(casesIssues && {
      cases_issues: {
        ...sectionOf(casesIssues),
        ...(emptyEntities !== undefined && { include_cases_issues_empty_entities: emptyEntities }),
      },
    }),
    ...(rows && {
      datasets_rows: {
        default_filter_mode: modeOf(rows.default_filter_mode),
        filters: (rows.filters ?? []).map(({ dataset, filter }) => ({ dataset, filter })),
      },
    }),
  };
}

const sectionOf = ({ mode, names = [] }: Named) => ({ mode, names });

const MODES: readonly string[] = ["no_scope", "see_all", "scope", "any"] satisfies readonly ScopeMode[];

/** Reads give modes in capitals too. */
function modeOf(text: string): ScopeMode {
  const mode = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  if (isMode(mode)) return mode;
  throw new KeywrightError(
    "STORE_CONTRACT",
    `Cortex Cloud tells of a scope mode that nobody knows: ${oneLine(text)}.`,
    {
      hint: "Take the scope out of the manifest and set it in the console, until a release of Keywright knows this mode.",
    },
  );
}

const isMode = (text: string): text is ScopeMode => MODES.includes(text);
