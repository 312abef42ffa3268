/** What became of one attempt to tell people. Texts are for people and never hold a secret. */
export type Delivery =
  | {
      readonly sent: true;
      /** The e-mail addresses that it was accepted for. */
      readonly recipients?: readonly string[];
      /** Whom it did not reach. */
      readonly remark?: string;
    }
  | { readonly sent: false; readonly reason: string };

export const undelivered = (reason: string): Delivery => ({ sent: false, reason });
