// The package has no types of its own.
declare module 'cluster-key-slot' {
  /** The hash slot of a key, 0 to 16383; a buffer is taken byte by byte. */
  function keySlot(key: string | Buffer): number
  export = keySlot
}
