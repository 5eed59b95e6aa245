// Header and entries of the table of contents of an archive of pg_dump.

export type ArchiveCompression = 'none' | 'gzip' | 'lz4' | 'zstd'

export interface ArchiveHeader {
  /** `1.14`. */
  readonly version: string
  readonly format: 'custom' | 'directory'
  readonly compression: ArchiveCompression
  /** When the dump began, by the clock of the machine that made it: `2026-11-24T02:00:05`, no time zone. */
  readonly created: string
  readonly database: string
  readonly serverVersion: string
  readonly dumpVersion: string
}

/** An entry of the table of contents. */
export interface TocEntry {
  readonly dumpId: number
  /** Whether the archive contains data for it: rows or large objects. */
  readonly hadData: boolean
  /** The object's name, mostly unquoted; for some kinds two names or a signature. */
  readonly tag: string
  /** The kind: `TABLE`, `TABLE DATA`, `FK CONSTRAINT`, `ACL` and so on. */
  readonly description: string
  readonly section: 'none' | 'pre-data' | 'data' | 'post-data'
  readonly definition: string
  readonly dropStatement?: string
  /** `COPY public.t (a, b) FROM stdin;`, on `TABLE DATA` of a dump without `--inserts`. */
  readonly copyStatement?: string
  readonly schema?: string
  readonly tablespace?: string
  /** `heap`, on tables and materialized views. */
  readonly accessMethod?: string
  readonly owner?: string
  readonly dependencies: readonly number[]
  /** The file with the data, in a directory archive. */
  readonly file?: string
}
