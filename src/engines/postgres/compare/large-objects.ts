// Reads the restored large objects: small ones are digested on the server, larger ones are read in pieces.
import { createHash } from 'node:crypto'
import type { LargeObjectsFingerprint } from '../../../domain/fingerprint/fingerprint.ts'
import { LargeObjectDigest } from '../archive/large-object-digest.ts'
import type { Reader } from './reader.ts'

const objectsAtOnce = 1000
/** Larger objects are read in pieces, so that the server does not hold one in memory at once. */
const smallBytes = 4 << 20

// OFFSET 0 keeps the planner from reading each object twice.
const smallSql = (last: string): string => `
  SELECT oid::text AS oid, octet_length(content) AS bytes, encode(sha256(content), 'hex') AS sha256
    FROM (SELECT oid, lo_get(oid, 0, ${smallBytes + 1}) AS content
            FROM (SELECT oid FROM pg_largeobject_metadata WHERE oid > ${Number(last)}::oid ORDER BY oid LIMIT ${objectsAtOnce}) batch
          OFFSET 0) contents
   ORDER BY oid::oid`

/** Digests all large objects of the database. */
export async function readLargeObjects(reader: Reader): Promise<LargeObjectsFingerprint> {
  const digest = new LargeObjectDigest()
  for (let last = '0'; ; ) {
    const rows = await reader.rows<{ oid: string; bytes: number; sha256: string }>(smallSql(last))
    for (const { oid, bytes, sha256 } of rows) {
      const whole = bytes <= smallBytes ? { bytes, sha256: Buffer.from(sha256, 'hex') } : await readLarge(reader, oid)
      digest.record(Number(oid), whole.bytes, whole.sha256)
    }
    const end = rows.at(-1)
    if (!end || rows.length < objectsAtOnce) return digest.fingerprint()
    last = end.oid
  }
}

async function readLarge(reader: Reader, oid: string): Promise<{ bytes: number; sha256: Buffer }> {
  const hash = createHash('sha256')
  for (let bytes = 0; ; ) {
    const [row] = await reader.rows<{ piece: string }>(
      `SELECT encode(lo_get(${Number(oid)}::oid, ${bytes}::bigint, ${smallBytes}), 'base64') AS piece`,
    )
    const piece = Buffer.from(row?.piece ?? '', 'base64')
    hash.update(piece)
    bytes += piece.length
    if (piece.length < smallBytes) return { bytes, sha256: hash.digest() }
  }
}
