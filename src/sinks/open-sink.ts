/** The drivers of `sinks.<name>.driver`; another one is one file, one line here and one call of the contract kit. */

import type { SecretSink } from "../core/ports.ts";
import { createFileSink, describeFileSlot, type FileSinkOptions, isReadableFileSink } from "./file.ts";
import type { SlotField } from "../core/slot-field.ts";

interface SinkDriver<O> {
  readonly open: (options: O) => Promise<SecretSink>;
  readonly describeSlot: (options: Omit<O, "clock">) => readonly SlotField[];
  /** Whether an opened sink would give values back; nothing is opened for it. */
  readonly isReadable: (options: Omit<O, "clock">) => boolean;
}

interface OptionsByDriver {
  readonly file: FileSinkOptions;
}

export type SinkDriverName = keyof OptionsByDriver;

export const SINK_DRIVERS: { readonly [D in SinkDriverName]: SinkDriver<OptionsByDriver[D]> } = {
  file: { open: createFileSink, describeSlot: describeFileSlot, isReadable: isReadableFileSink },
};

/** Opens a sink of a driver; SINK_UNUSABLE when its options do not go together. */
export const openSink = <D extends SinkDriverName>(
  driver: D,
  options: OptionsByDriver[D],
): Promise<SecretSink> => SINK_DRIVERS[driver].open(options);

/** The fields of its slots. */
export const describeSlot = <D extends SinkDriverName>(
  driver: D,
  options: Omit<OptionsByDriver[D], "clock">,
): readonly SlotField[] => SINK_DRIVERS[driver].describeSlot(options);

/** `capabilities.readable` of the sink that such options open. */
export const isReadableSink = <D extends SinkDriverName>(
  driver: D,
  options: Omit<OptionsByDriver[D], "clock">,
): boolean => SINK_DRIVERS[driver].isReadable(options);
