/** A place in a listing, opaque to clients. */

const ID = /^key_[0-9a-f]{24}$/;

export const renderCursor = (id: string): string => Buffer.from(id).toString("base64url");

/** Undefined when the server never made such a cursor. */
export function parseCursor(text: string): string | undefined {
  const id = Buffer.from(text, "base64url").toString();
  return ID.test(id) && renderCursor(id) === text ? id : undefined;
}
