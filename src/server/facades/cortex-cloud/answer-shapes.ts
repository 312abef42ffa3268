/** The JSON Schemas of the façade's deeper answers: a role's components, and a scope as it is read. */

import { closed, listOf } from "../../routes/shapes.ts";
import { INTEGER, TEXT } from "./cloud-shapes.ts";

const COMPONENT = closed({ name: TEXT, view_name: TEXT, action_name: TEXT, sub_permissions: listOf(TEXT) }, [
  "name",
  "view_name",
  "action_name",
  "sub_permissions",
]);
const SUB_CATEGORY = closed({ sub_category_name: TEXT, permissions: listOf(COMPONENT) }, [
  "sub_category_name",
  "permissions",
]);
const CATEGORY = closed({ category_name: TEXT, sub_categories: listOf(SUB_CATEGORY) }, [
  "category_name",
  "sub_categories",
]);

/** `PERMISSION_CONFIG`, as it is answered. */
export const PERMISSION_CONFIG_ANSWER = closed(
  {
    data: closed({ rbac_permissions: listOf(CATEGORY), datasetGroups: listOf(TEXT) }, [
      "rbac_permissions",
      "datasetGroups",
    ]),
  },
  ["data"],
);

const TAGGED = {
  mode: TEXT,
  tags: listOf(closed({ tag_id: TEXT, tag_name: TEXT }, ["tag_id", "tag_name"])),
};
const ASSET_GROUP = closed({ asset_group_id: INTEGER, asset_group_name: TEXT }, [
  "asset_group_id",
  "asset_group_name",
]);
const ROW_FILTER = closed({ dataset: TEXT, filter: TEXT }, ["dataset", "filter"]);

/** What `renderScope` gives. */
export const SCOPE_ANSWER = closed(
  {
    data: closed(
      {
        assets: closed({ mode: TEXT, asset_groups: listOf(ASSET_GROUP) }, ["mode", "asset_groups"]),
        endpoints: closed(
          {
            endpoint_groups: closed(TAGGED, ["mode", "tags"]),
            endpoint_tags: closed(TAGGED, ["mode", "tags"]),
          },
          ["endpoint_groups", "endpoint_tags"],
        ),
        cases_issues: closed({ ...TAGGED, include_cases_issues_empty_entities: { type: "boolean" } }, [
          "mode",
          "tags",
          "include_cases_issues_empty_entities",
        ]),
        datasets_rows: closed({ default_filter_mode: TEXT, filters: listOf(ROW_FILTER) }, [
          "default_filter_mode",
          "filters",
        ]),
      },
      ["assets", "endpoints", "cases_issues"],
    ),
  },
  ["data"],
);
