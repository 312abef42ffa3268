/** A sink as one process reaches it. */

import { type Slot, slotId } from "../core/desired.ts";
import { KeywrightError } from "../core/error.ts";
import type { SecretSink, SinkEntry, Stage } from "../core/ports.ts";
import type { MemorySink } from "../sinks/memory.ts";
import type { SinkAct } from "./act.ts";
import type { Fault } from "./schedule.ts";
import { ignoreRefusal, type SimulatedProcess } from "./simulated-process.ts";

export const simulatedSink = (process: SimulatedProcess, name: string, sink: MemorySink): SecretSink => ({
  capabilities: sink.capabilities,
  read: (slot, stage) => read(process, name, () => sink.read(slot, stage), slot, stage),
  inspect: (slot) =>
    process.operate({
      kind: "sink.inspect",
      what: slotId(slot),
      act: () => sink.inspect(slot),
      disturbed: async () => {
        throw new KeywrightError("SINK_UNUSABLE", `${name} does not answer`);
      },
    }),
  write: (slot, stage, secret, stamp, expected) =>
    change(process, name, { type: "write", slot, stage, secret, stamp }, () =>
      sink.write(slot, stage, secret, stamp, expected),
    ),
  remove: (slot, stage) =>
    change(process, name, { type: "remove", slot, stage }, () => sink.remove(slot, stage)),
  probe: (slot) =>
    process.operate({
      kind: "sink.probe",
      what: slotId(slot),
      act: async () => {
        refuseReadOnly(process, name);
        await sink.probe(slot);
      },
      disturbed: async () => {
        process.universe.readOnlySinks.add(name);
        return refuseReadOnly(process, name);
      },
    }),
});

/** What a process has seen in a slot, it may replace. */
const read = (
  process: SimulatedProcess,
  name: string,
  ask: () => Promise<SinkEntry | undefined>,
  slot: Slot,
  stage: Stage,
): Promise<SinkEntry | undefined> =>
  process.operate({
    kind: "sink.read",
    what: `${stage} ${slotId(slot)}`,
    act: async () => {
      const entry = await ask();
      const digest = entry && process.universe.digestOf(entry.secret);
      if (stage === "current") process.seen.set(slotId(slot), digest);
      process.witness.noteSecret(entry?.secret);
      return entry;
    },
    disturbed: async () => {
      throw new KeywrightError("SINK_UNUSABLE", `${name} cannot be read`);
    },
  });

function change<T>(
  process: SimulatedProcess,
  name: string,
  act: SinkAct,
  perform: () => Promise<T>,
): Promise<T> {
  const { universe, witness } = process;
  const sent = witness.sending(process, act);
  const carryOut = async (): Promise<T> => {
    refuseReadOnly(process, name);
    witness.carrying(sent);
    universe.isTouched = true;
    const result = await perform();
    witness.carried(sent);
    return result;
  };
  return process.operate({
    kind: `sink.${act.type}`,
    what: `${act.stage} ${slotId(act.slot)}`,
    act: carryOut,
    disturbed: (fault) => disturb(process, name, fault, carryOut),
  });
}

async function disturb<T>(
  process: SimulatedProcess,
  name: string,
  { kind }: Fault,
  act: () => Promise<T>,
): Promise<T> {
  if (kind === "sink-answer-lost") {
    await act().catch(ignoreRefusal);
    throw new KeywrightError("SINK_WRITE_FAILED", `${name} gave no answer`);
  }
  if (kind === "sink-full") throw new KeywrightError("SINK_WRITE_FAILED", `${name} is full`);
  process.universe.readOnlySinks.add(name);
  return act();
}

/** It stays so until the step ends. */
function refuseReadOnly({ universe }: SimulatedProcess, name: string): void {
  if (universe.readOnlySinks.has(name)) throw new KeywrightError("SINK_UNUSABLE", `${name} is read-only`);
}
