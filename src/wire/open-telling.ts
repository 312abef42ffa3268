import type { Clock } from "../core/ports.ts";
import { readProxySettings } from "../http/proxy.ts";
import type { TellingPorts, TellingSubject } from "../reconcile/tell.ts";
import { openChannels } from "./open-channels.ts";
import { openLedgerOf } from "./open-world.ts";
import type { Project } from "./read-project.ts";

const clock: Clock = { now: () => new Date() };

export interface OpenedTelling {
  readonly ports: TellingPorts;
  readonly subject: TellingSubject;
  readonly close: () => Promise<void>;
}

/** What it takes to tell people when the rest of the world could not be opened. */
export async function openTelling(project: Project): Promise<OpenedTelling> {
  const ledger = await openLedgerOf(project);
  return {
    ports: { ledger, channels: openChannels(project, readProxySettings(project.env)), clock },
    subject: { instance: project.config.instance },
    close: () => ledger.close(),
  };
}
