// The zod schema of manifests. The compiler verifies that it matches the type in manifest.ts.

import * as z from 'zod'
import { idShape, isBackupName, manifestFile, sumsFile, triggers } from '../backups/backup.ts'
import { chunkBytes } from '../backups/chunks.ts'
import { parseMark } from '../backups/marks.ts'
import { manifestFormat, type PostgresManifest, type RedisManifest } from './manifest.ts'
import { redisDump, redisFingerprint, redisServer } from './manifest-schema-redis.ts'
import { line, sha256, text, texts, time, wholeNumber } from './schema-values.ts'

// No empty, "." or ".." segment, so neither absolute nor outside of the folder; no backslash, no NUL.
const payloadPath = /^(?!(?:[\s\S]*\/)?\.{0,2}(?:\/|$))[^\\\0]+$/

/** The schema of one payload. */
export const payloadSchema = z.object({
  file: z
    .string()
    .max(700)
    .regex(payloadPath, 'not a safe relative path')
    .refine((file) => !isReserved(file), 'a reserved name')
    .describe("Path below the backup's own folder, forward slashes"),
  role: z.enum(['archive', 'archive-part', 'globals', 'tenant', 'shared', 'rdb']),
  tenants: texts.exactOptional().describe('With role tenant: IDs of the tenants with rows in the file'),
  bytes: wholeNumber.describe('Size of the stored file in bytes'),
  sha256: sha256.describe('SHA-256 of the stored file'),
  prefixes: z
    .array(sha256)
    .exactOptional()
    .describe(
      `SHA-256 of the stored file from its start to the end of each chunk of ${chunkBytes} bytes; the last chunk has no entry, because its digest is sha256`,
    ),
  encodings: z
    .array(z.enum(['zstd', 'zip']))
    .max(1)
    .describe('Encodings of the content, in order: [], ["zstd"] or ["zip"]'),
  contentBytes: wholeNumber.describe('Size before the encodings in bytes; for a ZIP, total size of its files'),
})

function isReserved(file: string): boolean {
  return file === manifestFile || file === sumsFile || /^(drills|pins)\//.test(file) || parseMark(file) !== undefined
}

const server = z.object({
  engine: z.literal('postgresql'),
  version: line,
  major: wholeNumber,
  systemIdentifier: text.exactOptional(),
  timeZone: text,
})

const database = z.object({
  name: line,
  owner: text,
  bytes: wholeNumber.describe('pg_database_size in bytes'),
  // A single word, because SQL statements contain it.
  encoding: text.regex(/^\w{1,63}$/),
  collate: text,
  ctype: text,
  provider: text.describe('Locale provider: libc, icu or builtin'),
  locale: text.exactOptional(),
  roles: texts.describe('Roles that objects of the database name'),
  extensions: z.array(z.object({ name: line, version: text, schema: text })),
})

const selection = z.object({
  schemas: texts,
  excludeSchemas: texts,
  tables: texts,
  excludeTables: texts,
  excludeTableData: texts,
  parts: z.enum(['all', 'schema-only', 'data-only']),
})

const dump = z.object({
  format: z.enum(['custom', 'plain', 'directory']),
  archiveVersion: text,
  selection: selection.describe('Selection of the dump; if all lists are empty, the whole database'),
  sourceCounts: z.enum(['agreed', 'partly', 'not-taken']),
})

const kindInventory = z.object({
  count: wholeNumber,
  sha256: sha256.describe('SHA-256 of the names'),
  definitions: z
    .object({
      sha256: sha256.describe('SHA-256 of the SHA-256 of each definition, in the order of names'),
      short: z
        .string()
        .regex(/^([0-9a-f]{8})*$/, 'not digests of eight digits')
        .describe('First eight digits of each SHA-256'),
    })
    .exactOptional(),
})

const fingerprint = z.object({
  covers: z.enum(['content', 'counts']),
  tables: z.array(
    z.object({
      schema: text,
      table: text,
      rows: wholeNumber,
      sha256: sha256.exactOptional().describe('SHA-256 of the COPY text stream'),
      bytes: wholeNumber.exactOptional(),
      columns: texts.exactOptional(),
      root: z
        .object({ schema: text, table: text })
        .exactOptional()
        .describe('Partitioned table through which the rows are loaded'),
      rowSum: sha256.exactOptional().describe("Sum of the rows' SHA-256 modulo 2^256"),
    }),
  ),
  sequences: z.array(
    z.object({
      schema: text,
      sequence: text,
      value: z.string().regex(/^-?\d+$/, 'not a whole number'),
      called: z.boolean(),
    }),
  ),
  largeObjects: z.object({ count: wholeNumber, bytes: wholeNumber, sha256 }).exactOptional(),
  inventory: z.object({ objects: z.record(text, kindInventory) }).exactOptional(),
  operators: z
    .record(text, z.record(text, wholeNumber))
    .exactOptional()
    .describe('Number of uses of operators outside pg_catalog, by object'),
})

const tenants = z.object({
  by: z.object({
    table: z.object({ schema: text, table: text, column: text }).exactOptional(),
    column: text,
    schema: text.exactOptional(),
  }),
  rules: texts.describe('Rules of --tenant-rule'),
  asked: z.union([z.literal('all'), texts]),
  tenants: wholeNumber,
  excel: z.boolean(),
  includesShared: z.boolean(),
  tables: z.array(
    z.object({
      schema: text,
      table: text,
      held: z.enum(['tenant', 'column', 'paths', 'schema', 'shared', 'unreached', 'ignored']),
      rows: wholeNumber.describe('Rows in this backup'),
      unowned: wholeNumber.exactOptional().describe('Rows without a tenant'),
      total: wholeNumber.exactOptional().describe('Exact count of the whole table in the snapshot'),
    }),
  ),
})

const origin = z.object({
  repository: text.exactOptional(),
  sha: text.exactOptional(),
  ref: text.exactOptional(),
  runUrl: text.exactOptional(),
  pullRequest: text.exactOptional(),
})

const base = {
  format: z.literal(manifestFormat),
  id: z.string().regex(idShape, 'not a backup id'),
  name: z.string().refine(isBackupName, "not a backup's name"),
  trigger: z.enum(triggers),
  started: time,
  finished: time,
  snapshot: z.object({ taken: time, lsn: text.exactOptional(), standby: z.boolean() }),
  payloads: z.array(payloadSchema).min(1),
  tools: z.record(text, text).describe('Tool name to version'),
  origin,
  recoveryPoint: text.describe('ID shared by all backups of one run'),
  suspect: text.exactOptional().describe('Why the backup does not count as good'),
  notes: texts,
  digest: sha256.describe(
    "SHA-256 over this manifest's canonical JSON (keys sorted, no whitespace) without this property",
  ),
}

const ofPostgres = z.object({
  ...base,
  kind: z.enum(['platform', 'tenant']),
  server,
  database,
  dump,
  fingerprint,
  tenants: tenants.exactOptional().describe('With kind tenant: how rows were assigned to tenants, and row counts'),
})

const ofRedis = z.object({
  ...base,
  kind: z.literal('redis'),
  server: redisServer,
  dump: redisDump,
  fingerprint: redisFingerprint,
})

/** The schema of manifests of these kinds. Unknown properties are allowed everywhere. */
const manifestSchema = z.discriminatedUnion('kind', [ofPostgres, ofRedis])

/** What manifests of other kinds must have. Their kind verifies the rest when it uses the manifest. */
const ofOther = z.object({ ...base, kind: z.string() })

const kinds: ReadonlySet<unknown> = new Set(
  manifestSchema.options.flatMap(({ shape: { kind } }) => ('values' in kind ? [...kind.values] : kind.options)),
)

/** The schema of manifests of a kind. */
export function manifestSchemaOf(kind: unknown): typeof manifestSchema | typeof ofOther {
  return kinds.has(kind) ? manifestSchema : ofOther
}

type Writable<T> = { -readonly [K in keyof T]: Writable<T[K]> }
type Full<T> = { -readonly [K in keyof T]-?: Full<T[K]> }
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never
type Shape = z.output<typeof manifestSchema>
type Known = PostgresManifest | RedisManifest
/** Fails to compile if schema and type differ. The second check finds optional properties that only one of them has. */
true satisfies Same<Shape, Writable<Known>> & Same<Full<Shape>, Full<Known>>

/** JSON Schema (draft 2020-12) of a manifest, for the docs. */
export function manifestJsonSchema(): object {
  const schema = z.toJSONSchema(manifestSchema, { target: 'draft-2020-12', io: 'input' })
  return { ...schema, title: 'Resguardo manifest', description: `A backup's manifest.json, format ${manifestFormat}` }
}
