// Compares restored rows with the backup in the session of the restore, before it commits.
import { compareFingerprints } from '../../../domain/fingerprint/compare-fingerprints.ts'
import type { Difference, SequenceFingerprint, TableFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { Rows } from './compare.ts'
import { expectedFingerprint, type LeftOut, withRoots } from './expected.ts'
import { readLargeObjects } from './large-objects.ts'
import { isReadable, knownSequences, measureOf, tableTasks } from './measure.ts'
import type { Reader } from './reader.ts'
import { asciiNames, type Relation, type Relations, relationKey, relationsSql } from './relations.ts'
import { readSequences } from './sequences.ts'

interface ComparedRows {
  readonly differences: readonly Difference[]
  /** Expected data that the session's role cannot read, so it was not compared. */
  readonly rest: Rows
}

/** Compares only what the session's role can read, because an error of the server would end the session. */
export async function compareBeforeCommit(
  reader: Reader,
  manifest: PostgresManifest,
  leftOut: LeftOut,
): Promise<ComparedRows> {
  const [server] = await reader.rows<Server>(serverSql)
  const asciiOnly = server?.asciiOnly ?? true
  const relations = await relationsOf(reader, asciiOnly)
  const unreadable = await unreadableOf(reader, asciiOnly)
  const expected = withRoots(expectedFingerprint(manifest, leftOut), relations.known)
  const isLeft = (name: { schema: string; table: string }): boolean =>
    !isReadable(name, relations) || unreadable.has(relationKey(name.schema, name.table))
  const leftRoots = new Set(expected.tables.flatMap((table) => (table.root && isLeft(table) ? [rootKey(table)] : [])))
  const isLeftTable = (table: TableFingerprint): boolean => (table.root ? leftRoots.has(rootKey(table)) : isLeft(table))
  const isLeftSequence = ({ schema, sequence }: SequenceFingerprint): boolean => isLeft({ schema, table: sequence })
  const largeObjects = expected.largeObjects && { largeObjects: expected.largeObjects }
  const readsObjects = largeObjects !== undefined && server?.ownsObjects === true
  const now = {
    covers: expected.covers,
    tables: expected.tables.filter((table) => !isLeftTable(table)),
    sequences: expected.sequences.filter((sequence) => !isLeftSequence(sequence)),
    ...(readsObjects && largeObjects),
  }
  const tables: TableFingerprint[] = []
  for (const task of tableTasks(now.tables, relations, manifest)) tables.push(await measureOf(expected)(reader, task))
  const sequences = await readSequences(reader, knownSequences(now.sequences, relations))
  const objects = readsObjects && { largeObjects: await readLargeObjects(reader) }
  return {
    differences: compareFingerprints(now, { covers: expected.covers, tables, sequences, ...objects }),
    rest: {
      tables: expected.tables.filter(isLeftTable),
      sequences: expected.sequences.filter(isLeftSequence),
      ...(!readsObjects && largeObjects),
    },
  }
}

const rootKey = ({ root }: TableFingerprint): string => (root ? relationKey(root.schema, root.table) : '')

interface Server {
  readonly asciiOnly: boolean
  readonly ownsObjects: boolean
}

const serverSql = `
  SELECT current_setting('server_encoding') NOT IN ('UTF8', 'SQL_ASCII') AS "asciiOnly",
         NOT EXISTS (SELECT FROM pg_largeobject_metadata WHERE NOT pg_has_role(lomowner, 'USAGE')) AS "ownsObjects"`

async function relationsOf(reader: Reader, asciiOnly: boolean): Promise<Relations> {
  const rows = await reader.rows<Relation>(relationsSql(asciiOnly ? asciiNames : ''))
  return { known: new Map(rows.map((row) => [relationKey(row.schema, row.name), row])), asciiOnly }
}

/** Tables and sequences that the role cannot read, or whose rows policies hide from it. */
async function unreadableOf(reader: Reader, asciiOnly: boolean): Promise<ReadonlySet<string>> {
  const rows = await reader.rows<{ schema: string; name: string }>(`
    SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'S') AND c.relpersistence <> 't' ${asciiOnly ? asciiNames : ''}
       AND NOT (has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AND NOT row_security_active(c.oid))`)
  return new Set(rows.map(({ schema, name }) => relationKey(schema, name)))
}
