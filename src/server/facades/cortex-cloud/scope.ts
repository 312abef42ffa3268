/**
 * A key's scope (SBAC): which assets, endpoints, cases and rows of data it sees. The store keeps and gives back what
 * was set; it has nothing of that kind to hide, so nothing is enforced, as in the vendor's product by default. What
 * is written and what is read differ in shape.
 */

export type Mode = "no_scope" | "see_all" | "scope";

interface Named<M extends string = Mode> {
  readonly mode: M;
  readonly names: readonly string[];
}

interface DatasetsRows {
  readonly default_filter_mode: Mode;
  readonly filters: readonly { readonly dataset: string; readonly filter: string }[];
}

/** As it is written; a section that is left out stays as it was. */
export interface ScopeEdit {
  readonly assets?: { readonly mode: Mode; readonly asset_group_ids: readonly number[] };
  readonly endpoints?: {
    readonly endpoint_groups?: Named<Mode | "any">;
    readonly endpoint_tags?: Named<Mode | "any">;
  };
  readonly cases_issues?: Named & { readonly include_cases_issues_empty_entities?: boolean };
  readonly datasets_rows?: DatasetsRows;
}

const NOTHING: Named = { mode: "no_scope", names: [] };

/** Both as JSON in `keys.scope`. */
export function mergeScope(before: string | null, edit: ScopeEdit): string {
  const scope = parseScope(before);
  const endpoints = { ...scope.endpoints, ...edit.endpoints };
  return JSON.stringify({ ...scope, ...edit, ...(edit.endpoints && { endpoints }) });
}

/** As it is read. A key without a scope of its own sees nothing. */
export function renderScope(json: string | null): object {
  const { assets, endpoints, cases_issues: cases, datasets_rows: rows } = parseScope(json);
  return {
    assets: {
      mode: assets?.mode ?? NOTHING.mode,
      asset_groups: (assets?.asset_group_ids ?? []).map((id) => ({
        asset_group_id: id,
        asset_group_name: groupName(id),
      })),
    },
    endpoints: {
      endpoint_groups: renderNamed(endpoints?.endpoint_groups),
      endpoint_tags: renderNamed(endpoints?.endpoint_tags),
    },
    cases_issues: {
      ...renderNamed(cases),
      include_cases_issues_empty_entities: cases?.include_cases_issues_empty_entities ?? false,
    },
    ...(rows && { datasets_rows: rows }),
  };
}

/** The asset groups that some scope names. The store knows no assets: a group is no more than its number. */
export const assetGroupsOf = (scopes: readonly string[]): readonly number[] =>
  [...new Set(scopes.flatMap((scope) => parseScope(scope).assets?.asset_group_ids ?? []))].sort(
    (a, b) => a - b,
  );

export const groupName = (id: number): string => `Asset group ${id}`;

const renderNamed = ({ mode, names }: Named<Mode | "any"> = NOTHING) => ({
  mode,
  tags: names.map((name) => ({ tag_id: name, tag_name: name })),
});

const parseScope = (json: string | null): ScopeEdit => (json === null ? {} : (JSON.parse(json) as ScopeEdit));
