// A pin: a mark that keeps a backup from retention.

export interface Pin {
  readonly reason: string
  /** The last moment of the pin's last day (UTC); absent: for ever. */
  readonly until?: Date
  /** Set if signatures are verified and this pin has no valid one: anyone who can write to the store may have made it. */
  readonly isUnsigned?: boolean
}
