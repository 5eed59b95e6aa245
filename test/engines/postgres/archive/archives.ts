// The archives in test/fixtures/archives, and ways to feed and to alter them.
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Failure } from '../../../../src/domain/failures/failure.ts'
import type { Fingerprint } from '../../../../src/domain/fingerprint/fingerprint.ts'
import { DirectoryArchive } from '../../../../src/engines/postgres/archive/directory.ts'
import type { ArchiveFingerprint } from '../../../../src/engines/postgres/archive/fingerprint.ts'
import { ArchiveReader } from '../../../../src/engines/postgres/archive/reader.ts'
import { TocReader } from '../../../../src/engines/postgres/archive/toc.ts'
import type { TocEntry } from '../../../../src/engines/postgres/archive/toc-entry.ts'

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../../../fixtures/archives/${name}`, import.meta.url))
}

export function fixture(name: string): Buffer {
  return readFileSync(fixturePath(name))
}

export function read(bytes: Uint8Array, chunk = 65536): ArchiveFingerprint {
  const reader = new ArchiveReader()
  for (let at = 0; at < bytes.length; at += chunk) reader.push(bytes.subarray(at, at + chunk))
  return reader.end()
}

export function fingerprintOf(bytes: Uint8Array, chunk?: number): Fingerprint {
  return read(bytes, chunk).fingerprint
}

export function entriesOf(name: string): readonly TocEntry[] {
  const print = read(fixture(name))
  if (!print.known) throw new Error(`${name} is of an unknown version`)
  return print.entries
}

/** What reading gives: a print, or the Failure. Anything else thrown passes on and fails the test. */
export function outcome(work: () => ArchiveFingerprint): ArchiveFingerprint | Failure {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof Failure && thrown.kind === 'integrity') return thrown
    throw thrown
  }
}

/** `schema TAB table TAB rows TAB sha256` as COPY and sha256sum gave it when the archives were made. */
export function expectedTables(name: string): { schema: string; table: string; rows: number; sha256: string }[] {
  return fixture(`${name}.tsv`)
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => {
      const [schema = '', table = '', rows = '', sha256 = ''] = line.split('\t')
      return { schema, table, rows: Number(rows), sha256 }
    })
}

/** How many bytes header and table of contents take. */
export function tocBytes(bytes: Uint8Array): number {
  const rest = new TocReader().push(bytes)
  if (rest === undefined) throw new Error('the table of contents is not whole')
  return bytes.length - rest.length
}

/** WriteInt of pg_dump. */
export function int(value: number): Buffer {
  const bytes = Buffer.alloc(5)
  bytes[0] = value < 0 ? 1 : 0
  bytes.writeUInt32LE(Math.abs(value), 1)
  return bytes
}

/** The 1.14 archive as PostgreSQL 16 writes it: 1.15 differs in how it names compression. */
export function asVersion15(bytes: Buffer): Buffer {
  if (bytes[6] !== 14) throw new Error('not an archive of version 1.14')
  return Buffer.concat([bytes.subarray(0, 6), Buffer.from([15, 0, 4, 8, 1, 0]), bytes.subarray(16)])
}

/** The same rows in chunks of other sizes, as a pg_dump that buffers writes them. */
export function rechunked(bytes: Buffer, size: number): Buffer {
  const parts = [bytes.subarray(0, tocBytes(bytes))]
  let at = tocBytes(bytes)
  const readInt = () => {
    at += 5
    return bytes.readUInt32LE(at - 4)
  }
  const chunks = () => {
    const data: Buffer[] = []
    for (let length = readInt(); length > 0; length = readInt()) {
      data.push(bytes.subarray(at, at + length))
      at += length
    }
    const whole = Buffer.concat(data)
    for (let from = 0; from < whole.length; from += size) {
      const part = whole.subarray(from, from + size)
      parts.push(int(part.length), part)
    }
    parts.push(int(0))
  }
  while (at < bytes.length) {
    const type = bytes[at]
    parts.push(bytes.subarray(at, at + 6))
    at += 6
    if (type === 1) {
      chunks()
      continue
    }
    let number = bytes.subarray(at, at + 5)
    for (let oid = readInt(); oid !== 0; oid = readInt()) {
      parts.push(number)
      chunks()
      number = bytes.subarray(at, at + 5)
    }
    parts.push(int(0))
  }
  return Buffer.concat(parts)
}

/** Reads a whole directory archive, one file after the other. */
export async function readDirectoryArchive(path: string): Promise<ArchiveFingerprint> {
  const archive = await DirectoryArchive.open(path)
  for (const { file } of archive.parts) {
    const tap = archive.tap(file)
    for await (const chunk of createReadStream(join(path, file), { highWaterMark: 1 << 18 })) tap.push(chunk)
    tap.end()
  }
  return archive.fingerprint()
}
