/** A place in a listing, opaque to clients. */

const ID = /^([a-z]+)_[0-9a-f]{24}$/;

export const renderCursor = (id: string): string => Buffer.from(id).toString("base64url");

/** Undefined when the server never made such a cursor for a listing of this kind of thing. */
export function parseCursor(text: string, kind = "key"): string | undefined {
  const id = Buffer.from(text, "base64url").toString();
  return ID.exec(id)?.[1] === kind && renderCursor(id) === text ? id : undefined;
}
