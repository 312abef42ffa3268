const SHAPE = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Milliseconds since the epoch; NaN for text that is no ISO 8601 instant (`Date.parse` alone reads dates into prose). */
export const instantMs = (text: string): number => (SHAPE.test(text) ? Date.parse(text) : NaN);
