/** The part of fs-native-extensions that is used here; the package has no types of its own. */
declare module "fs-native-extensions" {
  /** A lock of the kernel's on `length` bytes (0: all) from `offset`; false when another open file has it. */
  export function tryLock(
    fd: number,
    offset: number,
    length: number,
    options: { readonly shared: boolean },
  ): boolean;
}
