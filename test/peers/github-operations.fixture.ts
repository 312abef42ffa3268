/** What our GitHub does for each operation that it knows; another one is one entry of the table. */

import type { GitHubAccounts, GitHubRepository } from "./github-accounts.fixture.ts";
import { type Answer, type Call, refusal } from "./github-call.fixture.ts";
import type { Operation } from "./github-exchange.fixture.ts";
import type { SecretBody, StoredSecret } from "./github-secrets.fixture.ts";
import { carryOutWork } from "./github-work.fixture.ts";

const NOT_FOUND = refusal(404, "Not Found");

export function carryOut(call: Call): Answer {
  const [room = "", name = ""] = call.operation.id.split("/");
  const { owner, org } = call.operation.path;
  const refused = (owner ?? org) !== undefined && refuseHolder(call);
  if (refused) return refused;
  const done = carryOutWork(call);
  if (done) return done;
  if (room === "repos" && name === "get") return showRepository(call);
  if (room === "repos" && name === "get-environment") return showEnvironment(call);
  if (room === "actions" || room === "dependabot") return carryOutSecret(call, name);
  throw new Error(`github-operations.fixture.ts does nothing for ${call.operation.id}`);
}

/** For what the token does not see, or what is not there. */
function refuseHolder({ operation: { path }, accounts, access }: Call): Answer | undefined {
  const { owner, repo, org, environment_name: environment } = path;
  if (org !== undefined) return accounts.organizations.has(org.toLowerCase()) ? undefined : NOT_FOUND;
  const repository = accounts.findRepository(`${owner}/${repo}`, access);
  if (!repository) return NOT_FOUND;
  if (repository.movedTo !== undefined) {
    const location = `https://HOST/repositories/${repository.movedTo}`;
    return { ...refusal(301, "Moved Permanently", { location }) };
  }
  return environment === undefined || repository.environments.includes(environment.toLowerCase())
    ? undefined
    : NOT_FOUND;
}

const repositoryOf = ({ operation: { path }, accounts, access }: Call) =>
  accounts.findRepository(`${path["owner"]}/${path["repo"]}`, access);

const tellOfRepository = ({ id, name }: GitHubRepository) => ({
  id,
  name: name.split("/")[1],
  full_name: name,
  private: true,
});

function showRepository(call: Call): Answer {
  const repository = repositoryOf(call);
  if (!repository) return NOT_FOUND;
  const { archived } = repository;
  const { defaultBranch = "main" } = call.repositories.get(repository.name.toLowerCase()) ?? {};
  return { status: 200, body: { ...tellOfRepository(repository), archived, default_branch: defaultBranch } };
}

const showEnvironment = ({ operation: { path } }: Call): Answer => ({
  status: 200,
  body: { id: 1, name: path["environment_name"], created_at: LONG_AGO, updated_at: LONG_AGO },
});

const LONG_AGO = "2026-01-01T00:00:00Z";

/** What stands before the name of the operation's permission, and before that in messages. */
function permissionOf({ operation: { id, path } }: Call): string {
  if (path["environment_name"] !== undefined) return "environments";
  const kind = id.startsWith("dependabot/") ? "dependabot_secrets" : "secrets";
  return path["org"] === undefined ? kind : `organization_${kind}`;
}

function carryOutSecret(call: Call, name: string): Answer {
  const { method, access, secrets, path } = call;
  const wanted = method === "GET" ? "read" : "write";
  const permission = permissionOf(call);
  const granted = access.type === "workflow" ? undefined : access.permissions[permission];
  if (granted !== "write" && granted !== wanted) {
    const actor = access.type === "personal" ? "personal access token" : "integration";
    const headers = { "x-accepted-github-permissions": `${permission}=${wanted}` };
    return refusal(403, `Resource not accessible by ${actor}`, headers);
  }
  if (wanted === "write" && repositoryOf(call)?.archived)
    return refusal(403, "Repository was archived so is read-only.");
  const holder = path.toLowerCase().replace(/\/(public-key|[^/]+(\/repositories)?)$/, "");
  if (name.endsWith("public-key")) return { status: 200, body: secrets.publicKey(holder) };
  return changeSecret(call, holder, call.operation.path["secret_name"] ?? "");
}

function changeSecret(call: Call, holder: string, name: string): Answer {
  const { method, secrets } = call;
  if (method === "PUT") return putSecret(call, holder, name);
  const found = secrets.find(holder, name);
  if (!found) return NOT_FOUND;
  if (method === "DELETE") {
    secrets.remove(holder, name);
    return { status: 204 };
  }
  if (call.path.endsWith("/repositories")) return showSelected(call, found);
  return { status: 200, body: tellOf(found, name, call) };
}

function putSecret({ secrets, body, accounts, operation }: Call, holder: string, name: string): Answer {
  const wanted = body as SecretBody;
  const ids = wanted.selected_repository_ids ?? [];
  if (wanted.visibility !== "selected" && ids.length > 0)
    return refusal(422, "Visibility must be 'selected' in order to set selected repositories");
  const own = [...accounts.repositories.values()].filter((each) =>
    each.name.toLowerCase().startsWith(`${operation.path["org"]?.toLowerCase()}/`),
  );
  if (!ids.every((id) => own.some((each) => each.id === Number(id))))
    return refusal(422, "One of the repositories is none of the organization's");
  const done = secrets.put(holder, name, wanted);
  if (typeof done === "string") return refusal(422, done);
  return done === 201 ? { status: 201, body: {} } : { status: 204 };
}

function tellOf(found: StoredSecret, name: string, { operation }: Call): unknown {
  const { createdAt, updatedAt, visibility } = found;
  const told = { name: name.toUpperCase(), created_at: createdAt, updated_at: updatedAt };
  return operation.path["org"] === undefined ? told : { ...told, visibility: visibility ?? "private" };
}

function showSelected({ accounts, operation }: Call, { selected }: StoredSecret): Answer {
  const perPage = Number(operation.query.get("per_page") ?? 30);
  const repositories = [...accounts.repositories.values()]
    .filter(({ id }) => selected.includes(id))
    .map(tellOfRepository);
  return {
    status: 200,
    body: { total_count: repositories.length, repositories: repositories.slice(0, perPage) },
  };
}

/** What an App asks, by its JWT. */
export function carryOutForApp(operation: Operation, jwt: string, accounts: GitHubAccounts): Answer {
  const app = accounts.appOf(jwt);
  if (typeof app === "string") return refusal(401, app);
  const { slug = "keywright-app" } = app;
  if (operation.id === "apps/get-authenticated") return { status: 200, body: { id: 1, slug, name: slug } };
  const { installation_id: id, owner, repo, org } = operation.path;
  if (id !== undefined) {
    const found = [...app.installations.values()].find((each) => String(each.id) === id);
    return found ? { status: 201, body: accounts.issueToken(found.access) } : NOT_FOUND;
  }
  const found = app.installations.get((owner ?? org ?? "").toLowerCase());
  const isSeen = repo === undefined || (found && accounts.findRepository(`${owner}/${repo}`, found.access));
  if (!found || !isSeen) return NOT_FOUND;
  const body = { id: found.id, app_id: 1, permissions: {}, repository_selection: "selected" };
  return { status: 200, body };
}
