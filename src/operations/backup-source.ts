// What a run backs up, the same to the run whatever its kind: payloads, then what they came to.
import type { Kind } from '../domain/backup.ts'
import type { Fingerprint } from '../domain/fingerprint.ts'
import type { DumpFacts, Payload, Selection, Snapshot } from '../domain/manifest.ts'
import type { TenantFacts } from '../domain/tenants/tenant-facts.ts'
import type { DumpPayload, DumpWish, PlatformDump } from './platform-ports.ts'
import type { TenantDump } from './tenant-ports.ts'

/** One file on its way: compressed with zstd, unless it is a ZIP already. */
export interface SourcePayload extends DumpPayload {
  readonly zip?: {
    readonly tenant: string | undefined
    /** Bytes before compression; known once the stream has ended. */
    contentBytes(): number
  }
}

export interface BackupSource {
  readonly kind: Kind
  readonly snapshot: Snapshot
  /** In the whole database, whatever is taken of it. */
  readonly tables: number
  /** What backups of the same sort have in common: only those are compared. */
  readonly selection: Selection
  /** So many streams of `payloads` may be unread at a time. */
  readonly lanes: number
  /** `backup`: the id they belong to. */
  payloads(backup: string): AsyncIterable<SourcePayload>
  finish(): Promise<{
    readonly dump: DumpFacts
    readonly fingerprint: Fingerprint
    readonly tenants?: TenantFacts
    readonly notes: readonly string[]
  }>
  close(): Promise<void>
}

/** The definitions of a database without its rows: what a backup of tenants holds beside them. */
export const schemaOnly: DumpWish = {
  format: 'custom',
  selection: {
    schemas: [],
    excludeSchemas: [],
    tables: [],
    excludeTables: [],
    excludeTableData: [],
    parts: 'schema-only',
  },
  jobs: 1,
  sourceCounts: false,
  globals: false,
}

/** A whole database. */
export function platformSource(dump: PlatformDump, selection: Selection): BackupSource {
  return {
    kind: 'platform',
    snapshot: dump.snapshot,
    tables: dump.tables,
    selection,
    lanes: 1,
    payloads: () => dump.payloads(),
    finish: () => dump.finish(),
    close: () => dump.close(),
  }
}

/** The schema, so that a ZIP can be proved without the source, and the ZIPs of tenants. */
export function tenantSource(schema: PlatformDump, tenants: TenantDump, selection: Selection): BackupSource {
  return {
    kind: 'tenant',
    snapshot: schema.snapshot,
    tables: schema.tables,
    selection,
    lanes: tenants.lanes,
    async *payloads(backup) {
      // Not called what a whole database is: nobody shall take it for one.
      for await (const payload of schema.payloads()) yield { ...payload, file: 'schema.dump' }
      for await (const { tenant, contentBytes, ...payload } of tenants.payloads(backup)) {
        const role: Payload['role'] = tenant === undefined ? 'shared' : 'tenant'
        yield { ...payload, role, zip: { tenant, contentBytes } }
      }
    },
    async finish() {
      const { dump, fingerprint, notes } = await schema.finish()
      const { facts, notes: more } = await tenants.finish()
      const rows = facts.tables.map(({ schema: name, table, rows: count }) => ({ schema: name, table, rows: count }))
      const counted = facts.asked === 'all' && facts.tables.some(({ total }) => total !== undefined)
      return {
        dump: { ...dump, sourceCounts: counted ? 'agreed' : 'not-taken' },
        fingerprint: { ...fingerprint, tables: rows.filter((each) => each.rows > 0) },
        tenants: facts,
        notes: [...notes, ...more],
      }
    },
    async close() {
      await tenants.close()
      await schema.close()
    },
  }
}
