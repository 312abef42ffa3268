/** The server's figures for Prometheus. Labels hold route patterns, statuses and reasons; never an id or a secret. */

import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import type { StoreContext } from "../domain/store-context.ts";
import { type StoreFigures, readFigures } from "./store-figures.ts";

/** Counting a large store takes a while, and scrapers are many. */
const FIGURES_AGE_MS = 15_000;
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10];

export interface Metrics {
  readonly contentType: string;
  /** `route`: its pattern; undefined when there is none. */
  noteRequest(method: string, route: string | undefined, status: number, seconds: number): void;
  render(): Promise<string>;
}

export function createMetrics(context: StoreContext): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  addAttemptCounters(context, registry);
  addConnectionGauge(context, registry);
  const showFigures = addStoreGauges(context, registry);
  const durations = new Histogram({
    name: "keywright_http_request_duration_seconds",
    help: "Time from a request's headers to the end of its answer.",
    labelNames: ["method", "route", "status"],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  // Checking the labels takes longer than observing, and there are few of them.
  const series = new Map<string, { observe(seconds: number): void }>();
  const seriesOf = (method: string, route: string, status: string) => {
    const name = `${method} ${route} ${status}`;
    const found = series.get(name) ?? durations.labels({ method, route, status });
    series.set(name, found);
    return found;
  };
  return {
    contentType: registry.contentType,
    noteRequest: (method, route, status, seconds) => {
      const statusClass = `${Math.floor(status / 100)}xx`;
      const [by, of] = route === undefined ? (["any", "none"] as const) : ([method, route] as const);
      seriesOf(by, of, statusClass).observe(seconds);
    },
    render: async () => {
      await showFigures();
      return registry.metrics();
    },
  };
}

/** What was counted where it happened is taken over at each scrape. */
function addAttemptCounters({ attempts }: StoreContext, registry: Registry): void {
  for (const kind of ["authentication", "verification"] as const) {
    const counter: Counter<"result"> = new Counter({
      name: `keywright_${kind}s_total`,
      help: kind === "authentication" ? "Credentials shown by callers." : "Keys that callers asked about.",
      labelNames: ["result"],
      registers: [registry],
      collect: () => {
        counter.reset();
        for (const [name, count] of attempts.counts) {
          const [of, result = ""] = name.split(" ");
          if (of === kind) counter.inc({ result }, count);
        }
      },
    });
  }
}

function addConnectionGauge({ connections }: StoreContext, registry: Registry): void {
  if (!connections) return;
  const gauge: Gauge<"state"> = new Gauge({
    name: "keywright_database_connections",
    help: "Connections of the pool, and requests that wait for one.",
    labelNames: ["state"],
    registers: [registry],
    collect: () => {
      for (const [state, count] of Object.entries(connections())) gauge.set({ state }, Number(count));
    },
  });
}

/** Gives what brings the gauges up to date. Without a database there is nothing to tell but that. */
function addStoreGauges(context: StoreContext, registry: Registry): () => Promise<void> {
  const registers = [registry];
  const gaugeOf = (name: string, help: string) =>
    new Gauge({ name: `keywright_${name}`, help, labelNames: ["status"], registers });
  const keys = gaugeOf("keys", "Keys that are not revoked, by status.");
  const notices = gaugeOf("notices", "Notices of expiry, by status.");
  const entries = new Gauge({
    name: "keywright_audit_entries",
    help: "Entries of the audit log.",
    registers,
  });
  const isUp = new Gauge({ name: "keywright_database_up", help: "1 when the database answers.", registers });
  const figures = createCache(context);
  return async () => {
    const found = await figures();
    isUp.set(found ? 1 : 0);
    keys.reset();
    notices.reset();
    entries.remove();
    if (!found) return;
    for (const [status, count] of found.keys) keys.set({ status }, count);
    for (const [status, count] of found.notices) notices.set({ status }, count);
    entries.set(found.auditEntries);
  };
}

function createCache(context: StoreContext): () => Promise<StoreFigures | undefined> {
  let known: { readonly at: number; readonly figures: Promise<StoreFigures | undefined> } | undefined;
  return () => {
    const now = context.clock.now().getTime();
    if (!known || Math.abs(now - known.at) >= FIGURES_AGE_MS) {
      known = { at: now, figures: readFigures(context).catch(() => undefined) };
    }
    return known.figures;
  };
}
