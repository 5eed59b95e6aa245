// The objectives of a restore, and whether measurements meet them.

export interface Objective {
  readonly name: 'RTO' | 'RPO'
  /** What was measured, in words. */
  readonly what: string
  /** In seconds, like `allowed`. */
  readonly measured: number
  readonly allowed: number
}

/** RTO: how long a restore takes. */
export function restoreTime(measured: number, allowed: number): Objective {
  return { name: 'RTO', what: 'to restore', measured, allowed }
}

/** RPO: the age of the data that a restore would return. It counts from the snapshot. */
export function dataAge(taken: string, now: Date, allowed: number): Objective {
  const measured = Math.max(0, (now.getTime() - new Date(taken).getTime()) / 1000)
  return { name: 'RPO', what: 'old', measured, allowed }
}

export function metText({ measured, allowed }: Objective): string {
  return measured <= allowed ? 'met' : 'MISSED'
}
