/** The marker of ownership in a store with labels: four labels under a reserved prefix. */

import type { Marker } from "../core/live.ts";

const PREFIX = "keywright/";
const NAME = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const GENERATION = /^[1-9]\d{0,8}$/;
const OPERATION = /^[0-9a-v]{12}$/;

export type Labels = Readonly<Record<string, string>>;

export const isReservedLabel = (name: string): boolean => name.startsWith(PREFIX);

/** The labels of a key with its marker among them. */
export const withMarker = (labels: Labels, marker: Marker): Labels => ({
  ...labels,
  [`${PREFIX}instance`]: marker.instance,
  [`${PREFIX}name`]: marker.name,
  [`${PREFIX}generation`]: String(marker.generation),
  [`${PREFIX}operation`]: marker.operation,
});

/** A key's own labels, and its marker when it is there as a whole; half a marker is none, and stays among the labels. */
export function splitLabels(stored: Labels): { readonly labels: Labels; readonly marker?: Marker } {
  const marker = parseMarker(new Map(Object.entries(stored)));
  if (!marker) return { labels: stored };
  return {
    labels: Object.fromEntries(Object.entries(stored).filter(([name]) => !isReservedLabel(name))),
    marker,
  };
}

function parseMarker(labels: ReadonlyMap<string, string>): Marker | undefined {
  const read = (field: string, shape: RegExp): string | undefined => {
    const value = labels.get(`${PREFIX}${field}`);
    return value !== undefined && shape.test(value) ? value : undefined;
  };
  const instance = read("instance", NAME);
  const name = read("name", NAME);
  const generation = read("generation", GENERATION);
  const operation = read("operation", OPERATION);
  if (!instance || !name || !generation || !operation) return undefined;
  return { instance, name, generation: Number(generation), operation };
}
