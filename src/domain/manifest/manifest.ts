// The manifest: the JSON that completes a backup. Format `resguardo/1`.
import type { Trigger } from '../backups/backup.ts'
import { Failure } from '../failures/failure.ts'
import type { Fingerprint } from '../fingerprint/fingerprint.ts'
import type { RedisDumpFacts, RedisServerFacts } from '../redis/redis-facts.ts'
import type { RedisFingerprint } from '../redis/redis-fingerprint.ts'
import type { TenantFacts } from '../tenants/tenant-facts.ts'

export const manifestFormat = 'resguardo/1'

/** One stored file of a backup. */
export interface Payload {
  /** Path below the backup's own folder, forward slashes, never `..`. */
  readonly file: string
  readonly role: 'archive' | 'archive-part' | 'globals' | 'tenant' | 'shared' | 'rdb'
  /** With role `tenant`: IDs of the tenants with rows in the file. Several tenants share a pack. */
  readonly tenants?: readonly string[]
  /** Size of the stored file in bytes; `sha256` is its SHA-256 (hex). */
  readonly bytes: number
  readonly sha256: string
  /**
   * SHA-256 (hex) of the stored bytes from the start to the end of each 16 MiB chunk. The last chunk has none: there
   * `sha256` is the digest. Absent for a file of one chunk.
   */
  readonly prefixes?: readonly string[]
  /** Encodings of the content, in the order in which they were applied; empty if there are none. */
  readonly encodings: readonly Encoding[]
  /** Bytes before the encodings; for a ZIP, total size of its files. */
  readonly contentBytes: number
}

/** `zip`: the stored file is a ZIP, which compresses its own entries. */
type Encoding = 'zstd' | 'zip'

export interface DatabaseFacts {
  readonly name: string
  readonly owner: string
  /** Result of pg_database_size. */
  readonly bytes: number
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  /** Locale provider: `libc`, `icu` or `builtin`. */
  readonly provider: string
  readonly locale?: string
  /** Roles that objects of the database refer to. Scratch needs them as stubs. */
  readonly roles: readonly string[]
  readonly extensions: readonly { readonly name: string; readonly version: string; readonly schema: string }[]
}

export interface ServerFacts {
  readonly engine: 'postgresql'
  /** `15.18`. */
  readonly version: string
  readonly major: number
  readonly systemIdentifier?: string
  readonly timeZone: string
}

/** Returns the IDs of the server: its system identifier; empty if the role could not read it. */
export function postgresServerIds({ server }: { readonly server: ServerFacts }): readonly string[] {
  return server.systemIdentifier === undefined ? [] : [server.systemIdentifier]
}

/** Requested content of the dump; the whole database if all lists are empty. Patterns have pg_dump's syntax. */
export interface Selection {
  readonly schemas: readonly string[]
  readonly excludeSchemas: readonly string[]
  readonly tables: readonly string[]
  readonly excludeTables: readonly string[]
  readonly excludeTableData: readonly string[]
  readonly parts: 'all' | 'schema-only' | 'data-only'
}

export interface DumpFacts {
  readonly format: 'custom' | 'plain' | 'directory'
  /** `1.14`. */
  readonly archiveVersion: string
  readonly selection: Selection
  /**
   * Whether exact counts of every table in the same snapshot agreed with the dump. `partly`: only some tables were
   * counted; the notes name the others.
   */
  readonly sourceCounts: 'agreed' | 'partly' | 'not-taken'
}

export interface Snapshot {
  /** ISO 8601, when the snapshot was taken. */
  readonly taken: string
  /** Write-ahead log position, `0/16B3748`. */
  readonly lsn?: string
  readonly standby: boolean
}

export interface Origin {
  readonly repository?: string
  readonly sha?: string
  readonly ref?: string
  readonly runUrl?: string
  readonly pullRequest?: string
}

/** Properties that manifests of all kinds of backup have. */
export interface Manifest {
  readonly format: typeof manifestFormat
  readonly id: string
  /** Name of the kind of backup, as in the ID. */
  readonly kind: string
  readonly name: string
  readonly trigger: Trigger
  readonly started: string
  readonly finished: string
  readonly snapshot: Snapshot
  readonly payloads: readonly Payload[]
  /** Tool name -> version, `pg_dump` -> `15.18`. */
  readonly tools: Readonly<Record<string, string>>
  readonly origin: Origin
  /** ID shared by the backups that one run made together. */
  readonly recoveryPoint: string
  /** Why the backup does not count as good; absent if it does. */
  readonly suspect?: string
  /** Warnings of the run, for readers of the manifest. */
  readonly notes: readonly string[]
  /** SHA-256 (hex) of this manifest's canonical JSON without this property. Detects accidents, not forgery. */
  readonly digest: string
}

export interface PostgresManifest extends Manifest {
  readonly kind: 'platform' | 'tenant'
  readonly server: ServerFacts
  readonly database: DatabaseFacts
  /** For kind `tenant`: the dump of the schema. */
  readonly dump: DumpFacts
  /**
   * For kind `tenant`: rows of tables are totals over all its tenants; each ZIP contains its own fingerprint in
   * tables.json.
   */
  readonly fingerprint: Fingerprint
  /** Only for kind `tenant`. */
  readonly tenants?: TenantFacts
}

/** Its snapshot time is that of the shard that was dumped first. */
export interface RedisManifest extends Manifest {
  readonly kind: 'redis'
  readonly server: RedisServerFacts
  readonly dump: RedisDumpFacts
  readonly fingerprint: RedisFingerprint
}

/** The kind, and the properties that only manifests of this kind have. */
export type ContentOf<M extends Manifest = Manifest> = Pick<M, 'kind'> & Omit<M, keyof Manifest>

/** Whether it is the manifest of a PostgreSQL database or of tenants. `parseManifest` has verified its content. */
export function isOfPostgres(manifest: Manifest): manifest is PostgresManifest {
  return manifest.kind === 'platform' || manifest.kind === 'tenant'
}

/** Whether it is the manifest of Redis. `parseManifest` has verified its content. */
function isOfRedis(manifest: Manifest): manifest is RedisManifest {
  return manifest.kind === 'redis'
}

/** Returns a manifest of a PostgreSQL database or of tenants. Throws a failure of kind usage for another kind. */
export function requirePostgres(manifest: Manifest): PostgresManifest {
  if (isOfPostgres(manifest)) return manifest
  throw wrongKind(manifest)
}

/** Returns a manifest of Redis. Throws a failure of kind usage for another kind. */
export function requireRedis(manifest: Manifest): RedisManifest {
  if (isOfRedis(manifest)) return manifest
  throw wrongKind(manifest)
}

function wrongKind({ id, kind }: Manifest): Failure {
  return new Failure('backup/wrong-kind', `${id} is a backup of kind ${kind}`, {
    hint: 'Choose a backup of the requested kind: `resguardo list`',
  })
}
