import type { Marker } from "./live.ts";

/** A marker where a store has no labels: it ends the free text of a key. */
export const markerText = ({ instance, name, generation, operation }: Marker): string =>
  `[kw ${instance}/${name} g${generation} ${operation}]`;
