import { instantMs } from "./instant-ms.ts";
import { printable } from "./printable.ts";

/** `2026-11-22 08:00 UTC` for an ISO 8601 instant, whole minutes rounded down; other text as it is. */
export function renderInstant(iso: string): string {
  const ms = instantMs(iso);
  if (Number.isNaN(ms)) return printable(iso);
  const [date = "", time = ""] = new Date(ms).toISOString().split("T");
  return `${date} ${time.slice(0, 5)} UTC`;
}
