// The source of a backup of any kind: returns the payloads, then the facts for the manifest.
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

/** One file to store: compressed with zstd, unless it is a ZIP already. */
export interface SourcePayload extends DumpPayload {
  readonly zip?: {
    /** Empty for shared rows. */
    readonly tenants: readonly string[]
    /** Bytes before compression; known once the stream has ended. */
    contentBytes(): number
  }
}

export interface BackupSource<M extends Manifest = Manifest> {
  /** Name of the kind. */
  readonly kind: M['kind']
  readonly snapshot: Snapshot
  /** Number of streams of `payloads` that may be open at the same time. */
  readonly concurrency: number
  /** `backup`: ID of the backup. */
  payloads(backup: string): AsyncIterable<SourcePayload>
  /** Call it after the last payload. */
  finish(): Promise<{
    readonly content: ContentOf<M>
    /** Tool name -> version. */
    readonly tools: Readonly<Record<string, string>>
    /** Why this backup is suspect, whatever the size of the last one: it has no content. */
    readonly empty?: string
    readonly notes: readonly string[]
  }>
  close(): Promise<void>
}

/** Selects the whole database. */
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
    concurrency: 1,
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

/** The schema and the ZIPs of tenants; with the schema, a ZIP can be verified without the source. */
export function tenantSource(
  schema: PlatformDump,
  tenants: TenantDump,
  { server, database, tools }: Probe,
): BackupSource<PostgresManifest> {
  return {
    kind: 'tenant',
    snapshot: schema.snapshot,
    concurrency: tenants.concurrency,
    async *payloads(backup) {
      // Not the file name of a whole database, so that it is not mistaken for one.
      for await (const payload of schema.payloads()) yield { ...payload, file: 'schema.dump' }
      for await (const { tenants: members, contentBytes, ...payload } of tenants.payloads(backup)) {
        const role: Payload['role'] = members.length === 0 ? 'shared' : 'tenant'
        yield { ...payload, role, zip: { tenants: members, contentBytes } }
      }
    },
    async finish() {
      const { facts, notes: more } = await tenants.finish()
      // Last, because it checks that the snapshot existed until now.
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

/** A Redis. `skewSeconds`: for a run that also backs up PostgreSQL. */
export function redisSource(redis: RedisDump, skewSeconds?: number): BackupSource<RedisManifest> {
  return {
    kind: 'redis',
    snapshot: redis.snapshot,
    concurrency: 1,
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
