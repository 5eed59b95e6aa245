// A pin: a mark that excludes a backup from retention.

export interface Pin {
  readonly reason: string
  /** The end of the pin's last day (UTC); absent if the pin does not expire. */
  readonly until?: Date
  /**
   * Set if signatures are verified and this pin has no valid one: anyone who can write to the store may have made it.
   */
  readonly isUnsigned?: boolean
}
