// What a run backs up, the same to the run whatever its kind: payloads, then what they came to.
import type {
  ContentOf,
  Manifest,
  Payload,
  PostgresManifest,
  RedisManifest,
  Selection,
  Snapshot,
} from '../../domain/manifest/manifest.ts'
import { productName } from '../../domain/redis/products.ts'
import { keysOf } from '../../domain/redis/redis-fingerprint.ts'
import type { DumpOptions, DumpPayload, PlatformDump, Probe } from '../../ports/platform.ts'
import type { RedisDump } from '../../ports/redis.ts'
import type { TenantDump } from '../../ports/tenant.ts'

/** One file on its way: compressed with zstd, unless it is a ZIP already. */
export interface SourcePayload extends DumpPayload {
  readonly zip?: {
    /** Empty for the rows that all share. */
    readonly tenants: readonly string[]
    /** Bytes before compression; known once the stream has ended. */
    contentBytes(): number
  }
}

export interface BackupSource<M extends Manifest = Manifest> {
  /** Name of the kind. */
  readonly kind: M['kind']
  readonly snapshot: Snapshot
  /** So many streams of `payloads` may be unread at a time. */
  readonly lanes: number
  /** `backup`: the id they belong to. */
  payloads(backup: string): AsyncIterable<SourcePayload>
  /** After the last payload. */
  finish(): Promise<{
    readonly content: ContentOf<M>
    /** Tool name -> version. */
    readonly tools: Readonly<Record<string, string>>
    /** Why a backup of it is suspect whatever the last one held: there is nothing in it. */
    readonly empty?: string
    readonly notes: readonly string[]
  }>
  close(): Promise<void>
}

/** Nothing of the database is left out. */
export const wholeDatabase: Selection = {
  schemas: [],
  excludeSchemas: [],
  tables: [],
  excludeTables: [],
  excludeTableData: [],
  parts: 'all',
}

/** The definitions of a database without its rows, which a backup of tenants contains. */
export const schemaOnly: DumpOptions = {
  format: 'custom',
  selection: { ...wholeDatabase, parts: 'schema-only' },
  jobs: 1,
  sourceCounts: false,
  globals: false,
}

/** A whole database. */
export function platformSource(dump: PlatformDump, { server, database, tools }: Probe): BackupSource<PostgresManifest> {
  return {
    kind: 'platform',
    snapshot: dump.snapshot,
    lanes: 1,
    payloads: () => dump.payloads(),
    async finish() {
      const { notes, ...made } = await dump.finish()
      return { content: { kind: 'platform', server, database, ...made }, tools, ...emptyIf(dump), notes }
    },
    close: () => dump.close(),
  }
}

function emptyIf({ tables }: PlatformDump): { empty?: string } {
  return tables === 0 ? { empty: 'the database has no tables' } : {}
}

/** The schema, so that a ZIP can be proved without the source, and the ZIPs of tenants. */
export function tenantSource(
  schema: PlatformDump,
  tenants: TenantDump,
  { server, database, tools }: Probe,
): BackupSource<PostgresManifest> {
  return {
    kind: 'tenant',
    snapshot: schema.snapshot,
    lanes: tenants.lanes,
    async *payloads(backup) {
      // Not called what a whole database is: nobody shall take it for one.
      for await (const payload of schema.payloads()) yield { ...payload, file: 'schema.dump' }
      for await (const { tenants: members, contentBytes, ...payload } of tenants.payloads(backup)) {
        const role: Payload['role'] = members.length === 0 ? 'shared' : 'tenant'
        yield { ...payload, role, zip: { tenants: members, contentBytes } }
      }
    },
    async finish() {
      const { facts, notes: more } = await tenants.finish()
      // Last, as it makes sure that the snapshot was there until now.
      const { dump, fingerprint, notes } = await schema.finish()
      const rows = facts.tables.map(({ schema: name, table, rows: count }) => ({ schema: name, table, rows: count }))
      const counted = facts.asked === 'all' && facts.tables.some(({ total }) => total !== undefined)
      return {
        content: {
          ...{ kind: 'tenant', server, database, tenants: facts },
          dump: { ...dump, sourceCounts: counted ? 'agreed' : 'not-taken' },
          fingerprint: { ...fingerprint, tables: rows.filter((each) => each.rows > 0) },
        },
        ...{ tools, ...emptyIf(schema), notes: [...notes, ...more] },
      }
    },
    async close() {
      await tenants.close()
      await schema.close()
    },
  }
}

/** A Redis; `skewSeconds` of a run that backs up PostgreSQL too. */
export function redisSource(redis: RedisDump, skewSeconds?: number): BackupSource<RedisManifest> {
  return {
    kind: 'redis',
    snapshot: redis.snapshot,
    lanes: 1,
    payloads: () => redis.payloads(),
    async finish() {
      const { notes, server, dump, fingerprint } = await redis.finish()
      return {
        content: {
          kind: 'redis',
          server,
          dump: { ...dump, ...(skewSeconds !== undefined && { skewSeconds }) },
          fingerprint,
        },
        tools: {},
        ...(keysOf(fingerprint) === 0 && { empty: `${productName(server.engine)} has no keys` }),
        notes,
      }
    },
    close: () => redis.close(),
  }
}
