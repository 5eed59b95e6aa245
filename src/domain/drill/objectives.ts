// The objectives of a restore, and how what was measured stands against them.

export interface Objective {
  readonly name: 'RTO' | 'RPO'
  /** What was measured, in words. */
  readonly what: string
  /** Seconds, both. */
  readonly measured: number
  readonly allowed: number
}

/** The time objective: how long restoring takes. */
export function restoreTime(measured: number, allowed: number): Objective {
  return { name: 'RTO', what: 'to restore', measured, allowed }
}

/** The point objective: how old the data is that a restore would bring back. The age counts from the snapshot. */
export function dataAge(taken: string, now: Date, allowed: number): Objective {
  const measured = Math.max(0, (now.getTime() - new Date(taken).getTime()) / 1000)
  return { name: 'RPO', what: 'old', measured, allowed }
}

export function metText({ measured, allowed }: Objective): string {
  return measured <= allowed ? 'met' : 'MISSED'
}
