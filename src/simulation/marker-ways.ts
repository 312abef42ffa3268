/** People who edit what a marker stands in: the key is nobody's then, or another name's, and the ledger knows better. */

import { keyA, happens, PUSH, RUN, stateOfKeys, TURNED, type Way } from "./way.ts";

const TWO = [stateOfKeys(keyA()), stateOfKeys(keyA(TURNED))];

export const MARKER_WAYS: Readonly<Record<string, Way>> = {
  "a marker that somebody took away": {
    states: [stateOfKeys(keyA())],
    between: [happens({ act: "drop-marker", key: 0 })],
  },
  "a marker that somebody cut off before a rotation": {
    states: TWO,
    between: [happens({ act: "cut-marker", key: 0 }), PUSH],
  },
  "a marker that somebody bent before a rotation": {
    states: TWO,
    between: [happens({ act: "bend-marker", key: 0 }), PUSH],
  },
  "a replaced key that lost its marker": {
    states: TWO,
    between: [PUSH, RUN, happens({ act: "drop-marker", key: 0 })],
  },
  "a marker that somebody takes away in the middle of a rotation": {
    states: TWO,
    between: [PUSH],
    last: { ...RUN, meanwhile: [{ after: 12, happening: { act: "drop-marker", key: 1 } }] },
  },
};
