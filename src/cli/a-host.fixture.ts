import type { Host } from "./host.ts";

export interface RecordingHost extends Host {
  readonly printed: { out: string; err: string };
}

/** A host without a terminal that remembers what was written to it. */
export function aHost(over: Partial<Host> = {}): RecordingHost {
  const printed = { out: "", err: "" };
  return {
    cwd: "/nowhere",
    env: {},
    out: (text) => void (printed.out += text),
    err: (text) => void (printed.err += text),
    isInteractive: false,
    hasColors: false,
    hasErrorColors: false,
    width: 100,
    signal: new AbortController().signal,
    deadline: new AbortController().signal,
    confirm: () => Promise.resolve(false),
    readSecret: () => Promise.reject(new Error("there is no stdin")),
    ...over,
    printed,
  };
}
