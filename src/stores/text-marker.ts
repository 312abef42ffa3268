/** The marker of ownership in a store without labels: it ends the description, `… [kw acme-prod/scanner g3 7f3a9c2bq4ud]`. */

import type { Marker } from "../core/live.ts";
import { markerText } from "../core/marker-text.ts";

const MARKER =
  /(?:^|\s)\[kw ([a-z0-9]+(?:-[a-z0-9]+)*)\/([a-z0-9]+(?:-[a-z0-9]+)*) g([1-9]\d{0,8}) ([0-9a-v]{12})\]$/;

export const withMarker = (text: string, marker: Marker): string =>
  `${text}${text === "" ? "" : " "}${markerText(marker)}`;

/** The text that people wrote, and the marker when there is a whole one at the end. */
export function splitMarker(stored: string): { readonly description: string; readonly marker?: Marker } {
  const [found = "", instance, name, generation, operation] = MARKER.exec(stored) ?? [];
  if (!instance || !name || !generation || !operation) return { description: stored };
  return {
    description: stored.slice(0, stored.length - found.length),
    marker: { instance, name, generation: Number(generation), operation },
  };
}
