// Types of the package cluster-key-slot, which has none.
declare module 'cluster-key-slot' {
  /** The hash slot of a key, 0 to 16383; the bytes of a buffer are hashed unchanged. */
  function keySlot(key: string | Buffer): number
  export = keySlot
}
