/** What GitHub's REST API takes and gives where people work together. */

import { closed } from "./description.fixture.ts";
import { CHECKS } from "./github-checks-description.fixture.ts";
import type { DescribedOperation } from "./github-description.fixture.ts";
import { ISSUES } from "./github-issues-description.fixture.ts";
import { COMMITS, PULLS } from "./github-pulls-description.fixture.ts";
import { TEXT, LINK, ID, listOf, REPOSITORY, PERSON } from "./github-shapes.fixture.ts";

/** What the description that is usually at hand does not hold: compared only with one that does. */
export const OFTEN_CUT: readonly DescribedOperation[] = [
  {
    id: "actions/get-reviews-for-run",
    method: "GET",
    template: `${REPOSITORY}/actions/runs/{run_id}/approvals`,
    answers: {
      200: listOf(
        closed({
          state: { enum: ["approved", "rejected", "pending"] },
          comment: TEXT,
          user: PERSON,
          environments: listOf(closed({ name: TEXT })),
        }),
      ),
    },
  },
  {
    id: "repos/get-collaborator-permission-level",
    method: "GET",
    template: `${REPOSITORY}/collaborators/{username}/permission`,
    answers: {
      200: closed({
        permission: { enum: ["admin", "write", "read", "none"] },
        role_name: TEXT,
        user: PERSON,
      }),
    },
  },
  {
    id: "teams/get-by-name",
    method: "GET",
    template: "/orgs/{org}/teams/{team_slug}",
    answers: { 200: closed({ id: ID, slug: TEXT, name: TEXT }) },
  },
  {
    id: "teams/get-membership-for-user-in-org",
    method: "GET",
    template: "/orgs/{org}/teams/{team_slug}/memberships/{username}",
    answers: {
      200: closed({
        url: LINK,
        role: { enum: ["member", "maintainer"] },
        state: { enum: ["active", "pending"] },
      }),
    },
  },
  { id: "users/get-authenticated", method: "GET", template: "/user", answers: { 200: PERSON } },
];

export const WORK_OPERATIONS: readonly DescribedOperation[] = [
  ...ISSUES,
  ...PULLS,
  ...CHECKS,
  ...COMMITS,
  ...OFTEN_CUT,
];
