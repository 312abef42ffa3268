/** What Cortex Cloud answers, read tolerantly: types and schemas side by side. */

import type { SchemaOf } from "../../http/answer.ts";

const TEXT = { type: "string" };
const TEXT_OR_NULL = { type: ["string", "null"] };
const COUNT = { type: "integer", minimum: 0 };
/** Ids are numbers in JSON, and exact ones. */
const ID = { type: "integer", minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
/** Milliseconds since 1970, as far as dates go. */
const TIME = { type: "integer", minimum: 0, maximum: 8.64e15 };

const shape = (required: readonly string[], properties: Readonly<Record<string, object>>): object => ({
  type: "object",
  required,
  properties,
});

export interface KeyRecordAnswer {
  readonly id: number;
  readonly creation_time: number;
  /** Display names. A role that is gone drops out. */
  readonly roles: readonly string[] | null;
  readonly security_level: string;
  readonly comment?: string | null;
  readonly expiration?: number | null;
}

const KEY_RECORD: SchemaOf<KeyRecordAnswer> = shape(["id", "creation_time", "roles", "security_level"], {
  id: ID,
  creation_time: TIME,
  roles: { type: ["array", "null"], items: TEXT },
  security_level: TEXT,
  comment: TEXT_OR_NULL,
  expiration: { anyOf: [TIME, { type: "null" }] },
});

/** `GET /platform/iam/v1/api-key/{id}`. */
export const ONE_KEY: SchemaOf<{ readonly data: KeyRecordAnswer }> = shape(["data"], { data: KEY_RECORD });

/** The names come in capitals, and in one description of the API without. */
export interface KeyPageAnswer {
  readonly reply: {
    readonly DATA?: readonly KeyRecordAnswer[];
    readonly data?: readonly KeyRecordAnswer[];
    readonly FILTER_COUNT?: number;
    readonly filter_count?: number;
    readonly TOTAL_COUNT?: number;
    readonly total_count?: number;
  };
}

const KEY_RECORDS = { type: "array", items: KEY_RECORD };

export const KEY_PAGE: SchemaOf<KeyPageAnswer> = shape(["reply"], {
  reply: {
    ...shape([], {
      DATA: KEY_RECORDS,
      data: KEY_RECORDS,
      FILTER_COUNT: COUNT,
      filter_count: COUNT,
      TOTAL_COUNT: COUNT,
      total_count: COUNT,
    }),
    allOf: [
      { anyOf: [{ required: ["DATA"] }, { required: ["data"] }] },
      { anyOf: [{ required: ["FILTER_COUNT"] }, { required: ["filter_count"] }] },
    ],
  },
});

export interface GeneratedAnswer {
  readonly reply: { readonly id: number; readonly key: string };
}

export const GENERATED: SchemaOf<GeneratedAnswer> = shape(["reply"], {
  reply: shape(["id", "key"], { id: ID, key: { type: "string", pattern: "^[\\x21-\\x7e]{8,}$" } }),
});

export const DELETED: SchemaOf<{ readonly reply: { readonly update_count: number } }> = shape(["reply"], {
  reply: shape(["update_count"], { update_count: COUNT }),
});

/** What the calls under `/platform/iam` say when something is done: words alone. */
export const DONE: SchemaOf<object> = shape(["data"], { data: { type: ["object", "string", "null"] } });

export interface RoleAnswer {
  readonly role_id: string;
  readonly pretty_name: string;
}

export const ROLES: SchemaOf<{
  readonly data: readonly RoleAnswer[];
  readonly metadata?: { readonly total_count?: number } | null;
}> = shape(["data"], {
  data: {
    type: "array",
    items: shape(["role_id", "pretty_name"], {
      role_id: { type: "string", minLength: 1 },
      pretty_name: TEXT,
    }),
  },
  metadata: { ...shape([], { total_count: COUNT }), type: ["object", "null"] },
});

interface TaggedAnswer {
  readonly mode: string;
  readonly tags?: readonly { readonly tag_name: string }[] | null;
}

/** `GET /platform/iam/v1/scope/api-key/{id}`: another shape than its `PUT` takes. Any section may be missing. */
export interface ScopeAnswer {
  readonly data: {
    readonly assets?: {
      readonly mode: string;
      readonly asset_groups?: readonly { readonly asset_group_id: number }[] | null;
    } | null;
    readonly endpoints?: {
      readonly endpoint_groups?: TaggedAnswer | null;
      readonly endpoint_tags?: TaggedAnswer | null;
    } | null;
    readonly cases_issues?:
      | (TaggedAnswer & { readonly include_cases_issues_empty_entities?: boolean | null })
      | null;
    readonly datasets_rows?: {
      readonly default_filter_mode: string;
      readonly filters?: readonly { readonly dataset: string; readonly filter: string }[] | null;
    } | null;
  };
}

const orNull = (schema: object): object => ({ ...schema, type: ["object", "null"] });
const listOrNull = (items: object): object => ({ type: ["array", "null"], items });
const TAGS = listOrNull(shape(["tag_name"], { tag_name: TEXT }));
const TAGGED = orNull(shape(["mode"], { mode: TEXT, tags: TAGS }));

export const SCOPE: SchemaOf<ScopeAnswer> = shape(["data"], {
  data: shape([], {
    assets: orNull(
      shape(["mode"], {
        mode: TEXT,
        asset_groups: listOrNull(shape(["asset_group_id"], { asset_group_id: { type: "integer" } })),
      }),
    ),
    endpoints: orNull(shape([], { endpoint_groups: TAGGED, endpoint_tags: TAGGED })),
    cases_issues: orNull(
      shape(["mode"], {
        mode: TEXT,
        tags: TAGS,
        include_cases_issues_empty_entities: { type: ["boolean", "null"] },
      }),
    ),
    datasets_rows: orNull(
      shape(["default_filter_mode"], {
        default_filter_mode: TEXT,
        filters: listOrNull(shape(["dataset", "filter"], { dataset: TEXT, filter: TEXT })),
      }),
    ),
  }),
});
