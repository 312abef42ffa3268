import type { Delivery } from "../../messages/delivery.ts";
import type { NoticeChannel } from "./notice.ts";
import type { NoticeMessage } from "./notice-message.ts";

/** A way to tell people. */
export interface Channel {
  readonly name: NoticeChannel;
  /** How many may be sent at once. */
  readonly concurrency: number;
  /**
   * Tells of one notice. A message with the same id is the same notice again: the receiver must be able to tell.
   * Never throws for what the other side does; ends within a minute, and soon after `signal` aborts.
   */
  send(message: NoticeMessage, signal: AbortSignal): Promise<Delivery>;
}
