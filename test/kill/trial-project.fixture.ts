/** The project of a trial: what its manifests say before and after, and where its secrets lie. */

import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createProject, type Project } from "../e2e/project.fixture.ts";
import type { Dice } from "./dice.fixture.ts";
import type { TrialStore } from "./trial-store.fixture.ts";

/** A place where a consumer reads: the file, and its field when the file holds several. */
export interface Place {
  readonly path: string;
  readonly field?: string;
}

/** One key of the manifests. */
export interface TrialKey {
  readonly name: string;
  readonly spec: string;
  readonly metadata?: string;
  readonly places: readonly Place[];
}

export interface Stage {
  readonly keys: readonly TrialKey[];
  readonly files: Readonly<Record<string, string | null>>;
}

const LOCAL = ".keywright/secrets";
const APP = ".keywright/app";
/** Where what happens can be watched. */
export const WATCHED = [".keywright/ledger", `${LOCAL}/ci`, `${LOCAL}/.pending`, APP, `${APP}/.pending`];

const raw = (name: string): Place => ({ path: `${LOCAL}/ci/${name}` });
const field = (name: string): Place => ({ path: `${APP}/keys.json`, field: name });

/** With the directories that a trial watches. */
export async function createTrialProject(
  instance: string,
  store: string,
  concurrency: number,
): Promise<Project> {
  const project = await createProject({}, { removeAfterTest: false });
  for (const path of WATCHED) await mkdir(join(project.directory, path), { recursive: true, mode: 0o700 });
  await project.write({ "keywright.yaml": configOf(instance, store, concurrency) });
  return project;
}

const configOf = (instance: string, store: string, concurrency: number): string => `apiVersion: keywright/v1
kind: Config
instance: ${instance}
manifests: ["keys/**/*.yaml", "roles/*.yaml"]
store: ${store}
sinks:
  local: { driver: file, directory: ${LOCAL} }
  app: { driver: file, directory: ${APP}, format: json }
ledger: { driver: file, directory: .keywright/ledger }
concurrency: ${concurrency}
`;

type Roles = TrialStore["roles"];

/** What is declared first. Every kind of change of `secondStage` finds something here. */
export function firstStage(role: string, roles: Roles): Stage {
  const { reader, user } = roles;
  return stageOf(role, "[View roles]", roles, [
    { name: "fanned", spec: `roles: [${reader}]`, places: [raw("fanned"), field("FANNED")] },
    { name: "rising", spec: `roles: [${reader}]`, places: [raw("rising")] },
    { name: "leaving", spec: `roles: [${reader}]`, places: [raw("leaving"), field("LEAVING")] },
    { name: "before", spec: `roles: [${user}]`, places: [raw("kept")] },
    { name: "special", spec: `roles: [${specialRole(role, roles)}]`, places: [field("SPECIAL")] },
    { name: "spreading", spec: `roles: [${reader}]`, places: [raw("spreading")] },
  ]);
}

/** A rotation by role, a fan-out that rotates, a removal, a rename, a role's new right, copies, moves, a new key. */
export function secondStage(role: string, roles: Roles, dice: Dice): Stage {
  const { reader, user } = roles;
  const special = specialRole(role, roles);
  const isBold = dice.chance(50);
  const renamed = { metadata: "previousNames: [before]", places: [raw("kept")] };
  const stage = stageOf(role, "[View roles, View API keys]", roles, [
    {
      name: "fanned",
      spec: dice.chance(60) ? `roles: [${reader}]\nrotation: { serial: 2 }` : `roles: [${user}]`,
      places: [raw("fanned"), field("FANNED")],
    },
    { name: "rising", spec: `roles: [${user}]`, places: [raw(isBold ? "risen" : "rising")] },
    { name: "after", spec: `roles: [${isBold ? reader : user}]`, ...renamed },
    { name: "special", spec: `roles: [${special}]`, places: [field("SPECIAL"), raw("special")] },
    { name: "spreading", spec: `roles: [${reader}]\ndescription: Anew`, places: [field("SPREADING")] },
    { name: "coming", spec: `roles: [${special}]`, places: [raw("coming"), field("COMING")] },
  ]);
  return { ...stage, files: { "keys/leaving.yaml": null, "keys/before.yaml": null, ...stage.files } };
}

const specialRole = (role: string, { user, hasCustom }: Roles): string =>
  hasCustom ? `{ custom: ${role} }` : user;

function stageOf(role: string, permissions: string, { hasCustom }: Roles, keys: readonly TrialKey[]): Stage {
  const manifests = keys.map((key) => [`keys/${key.name}.yaml`, manifestOf(key)]);
  const roleText = `apiVersion: keywright/v1
kind: Role
metadata: { name: ${role} }
spec: { displayName: ${role}, description: For trials, permissions: ${permissions} }
`;
  const files = Object.fromEntries(manifests) as Record<string, string>;
  return { keys, files: hasCustom ? { ...files, "roles/role.yaml": roleText } : files };
}

const manifestOf = ({ name, spec, metadata, places }: TrialKey): string => `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: ${[name, ...(metadata === undefined ? [] : [metadata])].join(", ")} }
spec:
  ${spec.replaceAll("\n", "\n  ")}
  expires: { after: 90d }
  deliverTo: [${places.map(slotText).join(", ")}]
`;

const slotText = ({ path, field: name }: Place): string =>
  name === undefined
    ? `{ sink: local, path: ${path.slice(LOCAL.length + 1)} }`
    : `{ sink: app, path: ${path.slice(APP.length + 1)}, field: ${name} }`;

/** As a consumer reads: undefined when nothing is there. Throws when what is there cannot be understood. */
export async function readPlace({ directory }: Project, place: Place): Promise<string | undefined> {
  const text = await readFile(join(directory, place.path), "utf8").catch(() => undefined);
  if (text === undefined || place.field === undefined) return text;
  const fields = JSON.parse(text) as Readonly<Record<string, string>>;
  return fields[place.field];
}

/** The values that wait where no consumer reads. */
export async function pendingValues({ directory }: Project): Promise<readonly string[]> {
  const found: string[] = [];
  for (const path of WATCHED.filter((each) => each.endsWith(".pending"))) {
    for (const file of (await readdir(join(directory, path))).filter((name) => name.endsWith(".json"))) {
      // Another process may be at work here.
      const text = await readFile(join(directory, path, file), "utf8").catch(() => undefined);
      if (text !== undefined) found.push((JSON.parse(text) as { secret: string }).secret);
    }
  }
  return found;
}
