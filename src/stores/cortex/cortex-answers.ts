/** What the Cortex API v1 answers, read tolerantly: `name`, `description` and `expirationDate` may be absent or null. */

import type { SchemaOf } from "../../http/answer.ts";

const TEXT = { type: "string" };
const TEXT_OR_NULL = { type: ["string", "null"] };
const COUNT = { type: "integer", minimum: 0 };

export interface CortexRoleAnswer {
  readonly type: string;
  readonly role?: string | null;
  readonly tag?: string | null;
}

export interface CortexKeyAnswer {
  readonly cid: string;
  readonly createdDate: string;
  readonly last4: string;
  readonly roles: readonly CortexRoleAnswer[];
  readonly name?: string | null;
  readonly description?: string | null;
  readonly expirationDate?: string | null;
}

const shape = (required: readonly string[], properties: Readonly<Record<string, object>>): object => ({
  type: "object",
  required,
  properties,
});

export const KEY: SchemaOf<CortexKeyAnswer> = shape(["cid", "createdDate", "last4", "roles"], {
  cid: { type: "string", minLength: 1 },
  createdDate: TEXT,
  last4: TEXT,
  name: TEXT_OR_NULL,
  description: TEXT_OR_NULL,
  expirationDate: TEXT_OR_NULL,
  roles: {
    type: "array",
    items: shape(["type"], { type: TEXT, role: TEXT_OR_NULL, tag: TEXT_OR_NULL }),
  },
});

export interface CortexKeyPage {
  readonly apiKeys: readonly CortexKeyAnswer[];
  readonly total: number;
  readonly totalPages: number;
}

/** `page` is not asked for: the samples of the vendor echo a wrong one. */
export const KEY_PAGE: SchemaOf<CortexKeyPage> = shape(["apiKeys", "total", "totalPages"], {
  apiKeys: { type: "array", items: KEY },
  total: COUNT,
  totalPages: COUNT,
});

export interface CortexCreated {
  readonly apiKey: string;
  readonly expirationDate?: string | null;
}

export const CREATED: SchemaOf<CortexCreated> = shape(["apiKey"], {
  apiKey: { type: "string", minLength: 8 },
  expirationDate: TEXT_OR_NULL,
});
