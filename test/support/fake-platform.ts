// A fake Platform without a server, with payloads, tables and faults that a test chooses.
import { Readable } from 'node:stream'
import type { Failure } from '../../src/domain/failures/failure.ts'
import type { Fingerprint } from '../../src/domain/fingerprint/fingerprint.ts'
import type { DatabaseFacts } from '../../src/domain/manifest/manifest.ts'
import type { DumpRequest, Platform } from '../../src/ports/platform.ts'

interface FakePlatformOptions {
  readonly content?: Buffer
  readonly rows?: number
  readonly tables?: number
  /** The dump stream waits for this before its first byte. */
  readonly startsAfter?: Promise<void>
  /** The dump stream fails with this after its content. */
  readonly breaks?: Failure
  /** Thrown by `finish`. */
  readonly disagrees?: Failure
}

export interface FakePlatform extends Platform {
  readonly requests: DumpRequest[]
  closed: number
}

export const fakeDatabase: DatabaseFacts = {
  name: 'shop',
  owner: 'shop',
  bytes: 1000,
  encoding: 'UTF8',
  collate: 'C',
  ctype: 'C',
  provider: 'libc',
  roles: ['shop'],
  extensions: [],
}

export function fakePlatform(options: FakePlatformOptions = {}): FakePlatform {
  const { content = Buffer.from('a dump\n'.repeat(100)), rows = 100, tables = 1 } = options
  const fingerprint: Fingerprint = {
    covers: 'content',
    tables: [{ schema: 'public', table: 'Tenant', rows, sha256: '0'.repeat(64) }],
    sequences: [],
  }
  const platform: FakePlatform = {
    display: 'shop on fake:5432',
    requests: [],
    closed: 0,
    async probe() {
      return {
        server: { engine: 'postgresql', version: '15.18', major: 15, timeZone: 'UTC' },
        database: fakeDatabase,
        tools: { pg_dump: '15.18' },
        warnings: [],
      }
    },
    async openDump(request) {
      platform.requests.push(request)
      return {
        snapshotName: '00000003-0000001B-1',
        dumpAgain: () => {
          throw new Error('the fake platform makes one dump only')
        },
        snapshot: { taken: '2026-11-24T02:00:05.000Z', lsn: '0/1', standby: false },
        tables,
        async *payloads() {
          yield {
            file: 'database.dump',
            role: 'archive' as const,
            estimate: content.length,
            stream: Readable.from(pieces(content, options), { objectMode: false }),
          }
          if (request.globals)
            yield {
              file: 'globals.sql',
              role: 'globals' as const,
              estimate: 0,
              stream: Readable.from([Buffer.from('CREATE ROLE shop;\n')], { objectMode: false }),
            }
        },
        async finish() {
          if (options.disagrees) throw options.disagrees
          return {
            dump: {
              format: request.format,
              archiveVersion: '1.14',
              selection: request.selection,
              sourceCounts: 'agreed' as const,
            },
            fingerprint: tables === 0 ? { ...fingerprint, tables: [] } : fingerprint,
            notes: [],
          }
        },
        async close() {
          platform.closed += 1
        },
      }
    },
  }
  return platform
}

async function* pieces(content: Buffer, { startsAfter, breaks }: FakePlatformOptions): AsyncGenerator<Buffer> {
  await startsAfter
  for (let at = 0; at < content.length; at += 65_536) yield content.subarray(at, at + 65_536)
  if (breaks) throw breaks
}
