/** The JSON Schemas of personal tokens, for their users and for administrators. */

import { TOKEN_STATUSES } from "../domain/personal-token.ts";
import { PAGE_QUERY, pageOf } from "./page-query.ts";
import { DESCRIPTION, INSTANT, NAME, closed } from "./shapes.ts";

const TEXT = { type: "string" };
const MEMBERS = {
  id: TEXT,
  userId: TEXT,
  name: TEXT,
  description: TEXT,
  last4: TEXT,
  status: { enum: TOKEN_STATUSES },
  createdAt: TEXT,
  expiresAt: { type: ["string", "null"] },
  version: { type: "integer" },
};
const REQUIRED = Object.keys(MEMBERS) as (keyof typeof MEMBERS)[];

export const TOKEN_ANSWER = closed(MEMBERS, REQUIRED);
/** `secret`: the token's text, when it was made here. */
export const NEW_TOKEN_ANSWER = closed({ ...MEMBERS, secret: TEXT }, REQUIRED);
export const TOKEN_QUERY = closed(PAGE_QUERY, []);
export const TOKEN_PAGE = pageOf("tokens", TOKEN_ANSWER);

export const NEW_TOKEN = {
  ...closed(
    {
      name: NAME,
      description: DESCRIPTION,
      expiresAt: INSTANT,
      digest: { type: "string", pattern: "^[0-9a-f]{64}$" },
      last4: { type: "string", pattern: "^[0-9A-Za-z]{4}$" },
    },
    ["name"],
  ),
  dependentRequired: { digest: ["last4"], last4: ["digest"] },
};

export const TOKEN_PATCH = {
  ...closed({ name: NAME, description: DESCRIPTION, expiresAt: { oneOf: [INSTANT, { type: "null" }] } }, []),
  minProperties: 1,
};
