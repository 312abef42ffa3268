/** A project of keys that are to be made, two at a time, on a store behind a proxy: for one apply and the one after it. */

import type { ChildProcess } from "node:child_process";
import { expect, onTestFinished } from "vitest";
import { manyKeys, type Result, type RunOptions } from "../e2e/project.fixture.ts";
import { type ProxiedRequest, startFaultProxy } from "./fault-proxy.fixture.ts";
import type { FaultName } from "./faults.fixture.ts";
import type { Scene } from "./scene.fixture.ts";
import { createTrialProject } from "./trial-project.fixture.ts";
import { ownedBy, type TrialStore } from "./trial-store.fixture.ts";

export interface ApplyScene extends Scene {
  /** How many keys there are. */
  readonly count: number;
  /** As `keywright apply --yes`, with the store's credential unless `options` bring another. */
  readonly apply: (options?: RunOptions) => Promise<Result>;
}

let instances = 0;

/** Gone when the test is over. */
export async function openApplyScene(store: TrialStore, count: number): Promise<ApplyScene> {
  instances += 1;
  const instance = `scene-${instances}`;
  const proxy = await startFaultProxy(store.url);
  const project = await createTrialProject(instance, store.settings(proxy.url), 2);
  onTestFinished(async () => {
    await proxy.close();
    await project.remove();
  });
  await project.write(manyKeys(count));
  project.watch(store.token);
  const apply = (options: RunOptions = {}): Promise<Result> =>
    project.run(["apply", "--yes"], { env: { STORE_TOKEN: store.token }, ...options });
  return { store, project, proxy, instance, count, apply };
}

export const isChange = ({ method }: ProxiedRequest): boolean => method !== "GET";

export interface Turn {
  /** Of the requests that change something, counted from 1. */
  readonly number: number;
  readonly when: "before" | "after";
  /** What happens to that request and all later ones that change something. */
  readonly fault?: FaultName;
}

/** Applies; `act` is called at that request, before it is forwarded or after it was answered. */
export async function applyUntil(
  { proxy, apply }: ApplyScene,
  { number, when, fault = "forward" }: Turn,
  act: (child: ChildProcess) => void,
): Promise<Result> {
  let child: ChildProcess | undefined;
  const position = (request: ProxiedRequest): number => proxy.requests.filter(isChange).indexOf(request) + 1;
  proxy.behave({
    decide: (request) => (position(request) >= number ? fault : "forward"),
    [when]: (request: ProxiedRequest) => {
      if (child && position(request) === number) act(child);
    },
  });
  const result = await apply({ onStart: (started) => (child = started) });
  proxy.behave({});
  return result;
}

/** One more apply, and all is as declared, with nothing left over. */
export async function expectConvergence(scene: ApplyScene): Promise<void> {
  const { project, store, instance, count, apply } = scene;
  const again = await apply();
  expect(again.code, again.out + again.err).toBe(0);
  const keys = ownedBy(await store.keys(), instance);
  expect(keys.map(({ marker, status }) => `${marker.name} ${status}`).toSorted()).toEqual(
    Array.from({ length: count }, (_, i) => `key-${i + 1} active`).toSorted(),
  );
  const secrets = await project.secrets();
  for (const { id, marker } of keys) {
    expect(await store.identify(secrets.get(`ci/${marker.name}`) ?? ""), marker.name).toBe(id);
  }
  expect(await project.pending()).toEqual([]);
  const env = { STORE_TOKEN: store.token };
  expect(await project.run(["plan", "--exit-code"], { env })).toMatchObject({ code: 0 });
  expect(await project.leaks()).toEqual([]);
}

export interface RecordedRun {
  readonly result: string;
  readonly counts: Readonly<Record<"applied" | "failed" | "not-run" | "unknown", number>>;
  readonly changes: readonly { readonly message: string; readonly error?: { readonly code: string } }[];
}

/** What the ledger says of the newest run. */
export const lastRun = async ({ project }: ApplyScene): Promise<RecordedRun> =>
  JSON.parse((await project.run(["runs", "show", "--format", "json"])).out) as RecordedRun;
