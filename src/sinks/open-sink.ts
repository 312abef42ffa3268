/** The drivers of `sinks.<name>.driver`; another one is one file, one line here and one call of the contract kit. */

import type { SecretSink } from "../core/ports.ts";
import {
  type CortexSecretSinkOptions,
  describeCortexSecretSlot,
  openCortexSecretSink,
} from "./cortex-secret.ts";
import { createFileSink, describeFileSlot, type FileSinkOptions, isReadableFileSink } from "./file.ts";
import {
  describeGitHubSlot,
  type GitHubActionsSinkOptions,
  openGitHubActionsSink,
} from "./github-actions.ts";
import type { SlotField } from "../core/slot-field.ts";
import { describeVaultSlot, openVaultSink, type VaultSinkOptions } from "./vault.ts";

interface SinkDriver<O> {
  readonly open: (options: O) => Promise<SecretSink>;
  readonly describeSlot: (options: Omit<O, Opening>) => readonly SlotField[];
  /** Whether an opened sink would give values back; nothing is opened for it. */
  readonly isReadable: (options: Omit<O, Opening>) => boolean;
}

interface OptionsByDriver {
  readonly file: FileSinkOptions;
  readonly "cortex-secret": CortexSecretSinkOptions;
  readonly vault: VaultSinkOptions;
  readonly "github-actions": GitHubActionsSinkOptions;
}

/** What only opening needs, and what stands in the configuration in another form. */
type Opening = "clock" | "credential" | "proxy" | "login" | "auth" | "onToken";

export type SinkDriverName = keyof OptionsByDriver;

export const SINK_DRIVERS: { readonly [D in SinkDriverName]: SinkDriver<OptionsByDriver[D]> } = {
  file: { open: createFileSink, describeSlot: describeFileSlot, isReadable: isReadableFileSink },
  "cortex-secret": {
    open: openCortexSecretSink,
    describeSlot: describeCortexSecretSlot,
    isReadable: () => false,
  },
  vault: { open: openVaultSink, describeSlot: describeVaultSlot, isReadable: () => true },
  "github-actions": {
    open: openGitHubActionsSink,
    describeSlot: describeGitHubSlot,
    isReadable: () => false,
  },
};

/** Opens a sink of a driver; SINK_UNUSABLE when its options do not go together. */
export const openSink = <D extends SinkDriverName>(
  driver: D,
  options: OptionsByDriver[D],
): Promise<SecretSink> => SINK_DRIVERS[driver].open(options);

/** The fields of its slots. */
export const describeSlot = <D extends SinkDriverName>(
  driver: D,
  options: Omit<OptionsByDriver[D], Opening>,
): readonly SlotField[] => SINK_DRIVERS[driver].describeSlot(options);

/** `capabilities.readable` of the sink that such options open. */
export const isReadableSink = <D extends SinkDriverName>(
  driver: D,
  options: Omit<OptionsByDriver[D], Opening>,
): boolean => SINK_DRIVERS[driver].isReadable(options);
