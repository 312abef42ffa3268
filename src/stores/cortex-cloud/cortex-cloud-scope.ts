/**
 * A key's scope (SBAC). It is read in one shape and written in another, and what a section that is left out does is told
 * nowhere: so all that can be read is sent back, with what is asked for in its place.
 */

import { type KeyScope, SCOPE_AREAS, type ScopeMode } from "../../core/key-scope.ts";
import { KeywrightError } from "../../core/error.ts";
import { parseAnswer } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api-client.ts";
import { oneLine } from "../../http/one-line.ts";
import { DONE, SCOPE, type ScopeAnswer } from "./cortex-cloud-answers.ts";

type Sections = ScopeAnswer["data"];

/** Without areas whose mode nobody knows: of those the tenant does not tell. STORE_CONFLICT when there is no such key. */
export async function readScope(client: ApiClient, id: string, signal?: AbortSignal): Promise<KeyScope> {
  return scopeOf(await readSections(client, id, signal));
}

/** Areas that `scope` leaves out, and rows of datasets, stay as they are: STORE_CONTRACT when one of them has a mode that nobody knows. */
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

function scopeOf(sections: Sections): KeyScope {
  const { assets, endpointGroups, endpointTags, casesIssues } = areasOf(sections);
  const mode = modeIn(assets);
  const [groups, tags, cases] = [endpointGroups, endpointTags, casesIssues].map(namedOf);
  return {
    ...(mode && { assets: { mode, groupIds: (assets?.asset_groups ?? []).map(idOf) } }),
    ...(groups && { endpointGroups: groups }),
    ...(tags && { endpointTags: tags }),
    ...(cases && { casesIssues: cases }),
  };
}

/** As `KeyScope` calls them. */
const areasOf = ({ assets, endpoints, cases_issues: casesIssues }: Sections) => ({
  assets,
  endpointGroups: endpoints?.endpoint_groups,
  endpointTags: endpoints?.endpoint_tags,
  casesIssues,
});

const idOf = ({ asset_group_id: id }: { readonly asset_group_id: number }): number => id;

type NamedSection = NonNullable<Sections["endpoints"]>["endpoint_tags"];

function namedOf(section: NamedSection): Named | undefined {
  const mode = modeIn(section);
  return mode && { mode, names: (section?.tags ?? []).map(({ tag_name: name }) => name) };
}

/** As `PUT` takes it. */
function mergeScope(before: Sections, wanted: KeyScope): object {
  refuseUnknownModes(before, wanted);
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
        default_filter_mode: knownMode(rows.default_filter_mode),
        filters: (rows.filters ?? []).map(({ dataset, filter }) => ({ dataset, filter })),
      },
    }),
  };
}

const sectionOf = ({ mode, names = [] }: Named) => ({ mode, names });

const MODES: readonly string[] = ["no_scope", "see_all", "scope", "any"] satisfies readonly ScopeMode[];

/** What an area that is left out of a `PUT` becomes is told nowhere. */
function refuseUnknownModes(before: Sections, wanted: KeyScope): void {
  const areas = areasOf(before);
  for (const name of SCOPE_AREAS) {
    const mode = areas[name]?.mode;
    if (mode !== undefined && !wanted[name]) knownMode(mode);
  }
}

const modeIn = (section: { readonly mode: string } | null | undefined): ScopeMode | undefined =>
  section ? modeOf(section.mode) : undefined;

/** Reads give modes in capitals too. Undefined for one that nobody knows. */
function modeOf(text: string): ScopeMode | undefined {
  const mode = text
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, "_");
  return isMode(mode) ? mode : undefined;
}

function knownMode(text: string): ScopeMode {
  const mode = modeOf(text);
  if (mode) return mode;
  throw new KeywrightError(
    "STORE_CONTRACT",
    `Cortex Cloud tells of a scope mode that nobody knows: ${oneLine(text)}.`,
    {
      hint: "Take the scope out of the manifest and set it in the console, until a release of Keywright knows this mode.",
    },
  );
}

const isMode = (text: string): text is ScopeMode => MODES.includes(text);
