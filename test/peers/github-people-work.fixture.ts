/** What our GitHub tells of people, teams and rights. */

import { type Answer, refusal } from "./github-call.fixture.ts";
import { showOr404, type Work, type WorkCall } from "./github-work-call.fixture.ts";

function showPermission({ hosted, people, operation }: WorkCall): Answer {
  const user = people.of(operation.path["username"] ?? "");
  const permission = hosted.collaborators.get(user.login.toLowerCase()) ?? "read";
  return { status: 200, body: { permission, role_name: permission, user } };
}

const teamIn = ({ people, operation: { path } }: WorkCall) =>
  people.team(`${path["org"]}/${path["team_slug"]}`);

function showTeam(call: WorkCall): Answer {
  const slug = call.operation.path["team_slug"] ?? "";
  return showOr404(teamIn(call), () => ({ id: 7, slug, name: slug }));
}

function showMembership(call: WorkCall): Answer {
  const { org, team_slug: slug, username = "" } = call.operation.path;
  return showOr404(teamIn(call)?.get(username.toLowerCase()), (state) => ({
    url: `https://github.example/orgs/${org}/teams/${slug}/memberships/${username}`,
    role: "member",
    state,
  }));
}

function showSelf({ access, actor }: WorkCall): Answer {
  return access.type === "personal"
    ? { status: 200, body: actor }
    : refusal(403, "Resource not accessible by integration");
}

export const PEOPLE_WORK: Readonly<Record<string, Work>> = {
  "repos/get-collaborator-permission-level": { carryOut: showPermission },
  "teams/get-by-name": { needs: [["members"], "read"], carryOut: showTeam },
  "teams/get-membership-for-user-in-org": { needs: [["members"], "read"], carryOut: showMembership },
  "users/get-authenticated": { carryOut: showSelf },
};
