import type { Expires, RotationRule, RotationTrigger } from "../core/desired.ts";
import { HOUR_MS, MINUTE_MS, parseDuration, renderDuration } from "../core/duration.ts";
import type { IssueText } from "./issue-at.ts";
import type { RotationSpec } from "./manifest.ts";

/** What holds where neither a manifest nor the configuration says anything. */
export const DEFAULT_ROTATION: RotationSpec = { at: "66%", overlap: "24h" };

export interface BuiltRotation {
  readonly rule: RotationRule;
  readonly faults: readonly (IssueText & { readonly field: string })[];
}

type Fields = Exclude<RotationSpec, string>;

/**
 * The rule of a key: what its manifest says over the defaults, and whether it can ever come about. A default
 * overlap that is longer than a short-lived key bears is shortened; a declared one is an error.
 */
export function buildRotation(
  spec: RotationSpec | undefined,
  defaults: RotationSpec,
  expires: Expires,
): BuiltRotation {
  const own: Fields = typeof spec === "object" ? spec : {};
  const preset: Fields = typeof defaults === "object" ? defaults : {};
  const trigger =
    spec === "disabled" ? NONE : (triggerOf(own) ?? triggerOf(preset) ?? fallbackTrigger(defaults));
  const overlapMs = durationOf(own.overlap) ?? durationOf(preset.overlap) ?? 24 * HOUR_MS;
  const limitMs = overlapLimit(trigger, expires);
  const faults = [
    ...triggerFaults(trigger, expires, triggerOf(own) !== undefined),
    ...(own.overlap !== undefined && overlapMs > limitMs ? [overlapFault(own.overlap, limitMs)] : []),
  ];
  const serial = own.serial ?? preset.serial;
  const rule = { trigger, overlapMs: Math.min(overlapMs, Math.max(limitMs, 0)) };
  return { rule: serial === undefined ? rule : { ...rule, serial }, faults };
}

const NONE: RotationTrigger = { type: "disabled" };

const fallbackTrigger = (defaults: RotationSpec): RotationTrigger =>
  defaults === "disabled" ? NONE : { type: "at", fraction: 0.66 };

function triggerOf({ at, before, every }: Fields): RotationTrigger | undefined {
  if (at !== undefined) return { type: "at", fraction: Number(at.slice(0, -1)) / 100 };
  if (before !== undefined) return { type: "before", ms: durationOf(before) ?? 0 };
  return every === undefined ? undefined : { type: "every", ms: durationOf(every) ?? 0 };
}

const durationOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : parseDuration(text);

/** Only a life that counts from the mint can be judged: the rest of a fixed one shrinks from day to day. */
const lifeOf = (expires: Expires): number =>
  expires.type === "after" ? expires.ms : Number.POSITIVE_INFINITY;

function triggerFaults(trigger: RotationTrigger, expires: Expires, isOwn: boolean): BuiltRotation["faults"] {
  if (trigger.type === "disabled") return [];
  if (trigger.type !== "every" && expires.type === "never") {
    if (!isOwn) return [];
    const message = `the key never expires, so the time of \`${trigger.type}\` never comes`;
    return [
      { code: "ROTATION_IMPOSSIBLE", field: trigger.type, message, hint: "use every, or let it expire" },
    ];
  }
  if (trigger.type === "at" || trigger.ms < lifeOf(expires)) return [];
  const life = renderDuration(lifeOf(expires));
  const message =
    trigger.type === "every"
      ? `the key expires after ${life}, before it is rotated at the age of ${renderDuration(trigger.ms)}`
      : `the key lives ${life}; ${renderDuration(trigger.ms)} before its end it does not exist yet`;
  return [{ code: "ROTATION_IMPOSSIBLE", field: trigger.type, message, hint: `choose less than ${life}` }];
}

/** An overlap ends before the replaced key does, and before the next rotation: two keys at most live at once. */
function overlapLimit(trigger: RotationTrigger, expires: Expires): number {
  const life = lifeOf(expires);
  switch (trigger.type) {
    case "disabled":
      return life;
    case "at":
      return Math.round(life * Math.min(trigger.fraction, 1 - trigger.fraction));
    case "before":
      return Math.min(trigger.ms, life - trigger.ms);
    case "every":
      return Math.min(trigger.ms, life - trigger.ms);
  }
}

const overlapFault = (overlap: string, limitMs: number): BuiltRotation["faults"][number] => ({
  code: "ROTATION_OVERLAP",
  field: "overlap",
  message: `an overlap of ${overlap} is longer than this rotation leaves room for`,
  hint: `choose at most ${renderDuration(Math.max(0, Math.floor(limitMs / MINUTE_MS)) * MINUTE_MS)}`,
});
