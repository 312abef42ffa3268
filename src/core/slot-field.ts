/** A field that the slots of a driver have: data, so that manifests are checked without opening a sink. */
export interface SlotField {
  readonly name: string;
  readonly isRequired: boolean;
  /** Another field that may stand in its place, where it is required; not both. */
  readonly alternative?: string;
  /** Fields that it does not stand beside. */
  readonly notBeside?: readonly string[];
  /** A path below the sink's directory, with forward slashes, as `slotPathFault` has it. */
  readonly isPath?: boolean;
  /** Finds itself in values that the driver keeps for itself: no slot may have one. */
  readonly reserved?: RegExp;
  /** What its value must match as a whole, and how to say that to people. */
  readonly pattern?: RegExp;
  readonly expects?: string;
  /** Globs: the only values that the configuration allows to manifests; absent: all. */
  readonly allowed?: readonly string[];
}
