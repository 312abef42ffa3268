/** Where the server tells what it does; a pino logger is one. It never gets a secret. */
export interface ServerLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const SILENT: ServerLog = { info: () => undefined, error: () => undefined };
