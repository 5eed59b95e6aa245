// An in-memory RunRecord that can be made to fail.
import type { Failure } from '../../src/domain/failures/failure.ts'
import type { RunRecord, RunRow } from '../../src/ports/record.ts'

export interface MemoryRecord extends RunRecord {
  readonly rows: Map<string, RunRow>
  /** Every row in the order in which it was written. */
  readonly saved: RunRow[]
  /** While set, every call throws it. */
  failure: Failure | undefined
}

export function memoryRecord(): MemoryRecord {
  const record: MemoryRecord = {
    display: '"BackupRun" of shop on fake:5432',
    rows: new Map(),
    saved: [],
    failure: undefined,
    async save(row, former) {
      if (record.failure) throw record.failure
      record.rows.delete(former ?? row.id)
      record.rows.set(row.id, row)
      record.saved.push(row)
    },
    async find(id) {
      if (record.failure) throw record.failure
      const row =
        record.rows.get(id) ??
        [...record.rows.values()].find((each) => each.status === 'running' && each.id.slice(17) === id.slice(17))
      return row && { id: row.id, status: row.status, checksum: row.checksum, manifest: row.manifest }
    },
  }
  return record
}
