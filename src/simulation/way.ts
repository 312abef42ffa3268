/** How a scenario comes to be: what its manifests say over time, and what happens before its last run. */

import type { DesiredKey, DesiredState } from "../core/desired.ts";
import { simulatedKey } from "./random-scenario.ts";
import type { Happening, SimulatedSink, Step } from "./schedule.ts";

export interface Way {
  readonly states: readonly DesiredState[];
  /** Between a first, undisturbed run and the attacked one; absent: the first run is the attacked one. */
  readonly between?: readonly Step[];
  readonly sinks?: readonly SimulatedSink[];
  /** The attacked run; default: one reconciler, and nothing else happens. */
  readonly last?: Step;
}

export const RUN = {
  step: "run",
  reconcilers: [{ skewMs: 0, waits: true, concurrency: 1 }],
  meanwhile: [],
} as const satisfies Step;

export const happens = (happening: Happening): Step => ({ step: "happen", happening });
export const PUSH = happens({ act: "push", state: 1 });
export const BACK = happens({ act: "push", state: 0 });

export const USER = [{ type: "default", role: "USER" }] as const;

export const stateOfKeys = (...keys: readonly DesiredKey[]): DesiredState => ({
  instance: "acme",
  keys,
  roles: [],
});

export const keyA = (over: Partial<DesiredKey> = {}): DesiredKey => simulatedKey("a", over);

/** Asks for another key, on every store: by its roles where they cannot change, by its serial everywhere. */
export const TURNED: Partial<DesiredKey> = {
  roles: USER,
  rotation: { ...simulatedKey("a").rotation, serial: 1 },
};
