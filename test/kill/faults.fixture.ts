/** What can go wrong between a client and a store: whether the request arrives, and what comes back. */

/** How often the store gets the request: never, once, twice, or once after the client has given up. */
export type Arrival = "never" | "once" | "twice" | "later";

/** What the client gets instead of the store's answer. */
export type Answer =
  | { readonly type: "store" }
  /** The connection ends without a byte. */
  | { readonly type: "cut" }
  /** Half of the store's answer, then the connection ends. */
  | { readonly type: "half" }
  /** Nothing, and the connection stays open. */
  | { readonly type: "silence" }
  | {
      readonly type: "made-up";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };

export interface Fault {
  readonly arrival: Arrival;
  readonly answer: Answer;
  readonly delayMs?: number;
}

const JSON_TYPE = { "content-type": "application/json" };
const PROBLEM = { "content-type": "application/problem+json" };
const HTML = { "content-type": "text/html; charset=utf-8" };

const madeUp = (status: number, headers: Readonly<Record<string, string>>, body: string): Answer => ({
  type: "made-up",
  status,
  headers,
  body,
});

const failed = madeUp(500, PROBLEM, '{"title":"Internal Server Error","status":500}');

/** Where a redirect leads: nobody may follow it. */
export const REDIRECTED = "/redirected-by-the-proxy";

export const FAULTS = {
  forward: { arrival: "once", answer: { type: "store" } },
  "cut before": { arrival: "never", answer: { type: "cut" } },
  "cut after": { arrival: "once", answer: { type: "cut" } },
  late: { arrival: "later", answer: { type: "cut" } },
  delay: { arrival: "once", answer: { type: "store" }, delayMs: 40 },
  duplicate: { arrival: "twice", answer: { type: "store" } },
  truncate: { arrival: "once", answer: { type: "half" } },
  "429": { arrival: "never", answer: madeUp(429, { ...PROBLEM, "retry-after": "1" }, '{"status":429}') },
  "500 before": { arrival: "never", answer: failed },
  "500 after": { arrival: "once", answer: failed },
  "503": { arrival: "never", answer: madeUp(503, { ...PROBLEM, "retry-after": "1" }, '{"status":503}') },
  malformed: { arrival: "once", answer: madeUp(200, JSON_TYPE, '{"id":"ak_') },
  "wrong type": { arrival: "once", answer: madeUp(200, HTML, "<!doctype html><title>Sign in</title>") },
  redirect: { arrival: "never", answer: madeUp(302, { location: REDIRECTED }, "") },
  "black hole": { arrival: "never", answer: { type: "silence" } },
} as const satisfies Readonly<Record<string, Fault>>;

export type FaultName = keyof typeof FAULTS;

/** Those that pass by themselves: all but the one that a client waits for to its time limit. */
export const PASSING_FAULTS = (Object.keys(FAULTS) as FaultName[]).filter(
  (name) => name !== "forward" && name !== "black hole",
) as [FaultName, ...FaultName[]];
