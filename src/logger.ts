/** The log: pino on stderr, one line a message. Whatever looks like a key is replaced before it is written. */

import { Writable } from "node:stream";
import { type Logger, pino } from "pino";
import { PinoPretty } from "pino-pretty";
import { redactKeys } from "./core/key-format.ts";

export type { Logger } from "pino";

export interface LogSettings {
  readonly format: "text" | "json";
  readonly level: "debug" | "info" | "warn";
  readonly colors: boolean;
}

export function createLogger(settings: LogSettings, write: (line: string) => void): Logger {
  const sink = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      write(redactKeys(chunk.toString()));
      done();
    },
  });
  const options = { level: settings.level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  if (settings.format === "json") return pino(options, sink);
  const pretty = PinoPretty({
    colorize: settings.colors,
    destination: sink,
    sync: true,
    translateTime: "UTC:HH:MM:ss",
    // The message says it all; what else a line carries is for machines.
    hideObject: true,
  });
  return pino(options, pretty);
}
