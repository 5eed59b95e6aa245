// Benchmarks with many objects of one type: tables and schemas, large objects, tenants, and backups in a store.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { environmentFor, hourlyBackups } from './catalogue.ts'
import type { Session } from './contest.ts'
import { bareRestore } from './drill.ts'
import { listingServer } from './listing-server.ts'
import { pipeline } from './measure.ts'
import { type Filled, fillLargeObjects, fillTables, fillTenants } from './scale-samples.ts'
import { type BenchServer, withFolder, withServer } from './server.ts'

const tables = 10_000
const schemas = 5000
const largeObjects = 200_000
const fewTenants = 1000
const manyTenants = 100_000
const backups = 50_000

export const benchScaleTables = (session: Session): Promise<void> =>
  withScaleServer(async (server, folder) => {
    await backupAndDrill(session, server, { folder, ...(await fillTables(server, tables, schemas)), limit: 1.2 })
  })

export const benchScaleObjects = (session: Session): Promise<void> =>
  withScaleServer(async (server, folder) => {
    await backupAndDrill(session, server, { folder, ...(await fillLargeObjects(server, largeObjects)), limit: 1.3 })
  })

export const benchScaleTenants = (session: Session): Promise<void> =>
  withScaleServer((server) => tenants(session, server))

function withScaleServer(work: (server: BenchServer, folder: string) => Promise<void>): Promise<void> {
  const settings = { max_locks_per_transaction: '1024' }
  return withServer((server) => withFolder((folder) => work(server, folder)), settings)
}

interface Compared extends Filled {
  readonly folder: string
  /** Limits of both ratios. */
  readonly limit: number
}

async function backupAndDrill(
  { contest }: Session,
  { tools }: BenchServer,
  { url, what, folder, limit }: Compared,
): Promise<void> {
  const dump = join(folder, 'rival.zst')
  const pipe = () =>
    pipeline(
      `"${tools.folder}/pg_dump" -Fc -Z0 -d "$URL" | zstd -q -T0 -3 | tee >(sha256sum > "$DUMP.sum") > "$DUMP"`,
      {
        ...{ URL: url, DUMP: dump },
      },
    )
  await pipe()
  await contest({
    rivals: { pipe, bare: () => bareRestore(tools, dump) },
    async ours({ folder: target, resguardo }) {
      const store = join(target, 'kept')
      const database = { DATABASE_URL: url }
      await resguardo(['backup', '--name', 'bench', '--backup-dir', store], database)
      const another = join(target, 'others')
      return {
        backup: () => resguardo(['backup', '--json', '--name', 'bench', '--backup-dir', another], database),
        drill: () => resguardo(['test-restore', '--jobs', '2', '--backup-dir', store]),
      }
    },
    lines: [
      { what: `${what}: the pipe`, contender: 'pipe' },
      { what: `${what}: \`resguardo backup\``, contender: 'backup', rival: 'pipe', bars: { ratio: limit } },
      { what: `${what}: \`zstd -d\` and \`pg_restore -j2\` into a new cluster`, contender: 'bare' },
      { what: `${what}: \`resguardo test-restore\``, contender: 'drill', rival: 'bare', bars: { ratio: limit } },
    ],
  })
}

async function tenants({ contest }: Session, server: BenchServer): Promise<void> {
  const few = await fillTenants(server, fewTenants, manyTenants)
  const many = await fillTenants(server, manyTenants, manyTenants)
  await contest({
    async ours({ folder, resguardo }) {
      const run = (url: string) => async () => {
        const target = join(folder, 'tenants')
        const flags = [
          '--kind',
          'tenant',
          '--tenant',
          'all',
          '--tenant-table',
          'public.tenant',
          '--tenant-column',
          'tenant_id',
        ]
        const done = await resguardo(
          ['backup', '--json', ...flags, '--zip-level', '1', '--name', 'bench', '--backup-dir', target],
          {
            DATABASE_URL: url,
          },
        )
        await rm(target, { recursive: true })
        return done
      }
      return { few: run(few.url), many: run(many.url) }
    },
    lines: [
      { what: few.what, contender: 'few' },
      { what: many.what, contender: 'many', rival: 'few', bars: { ratio: 2, peakMegabytes: 350 } },
    ],
  })
}

export const benchScaleBackups = ({ contest }: Session): Promise<void> =>
  withFolder(async (folder) => {
    const kept = join(folder, 'kept')
    const keys = await hourlyBackups(kept, backups)
    const s3 = await listingServer(keys)
    const copy = join(folder, 'copy')
    const linked = () => pipeline('rm -rf "$COPY"; cp -al "$KEPT" "$COPY"', { KEPT: kept, COPY: copy })
    try {
      await contest({
        rivals: {
          find: () =>
            pipeline('find "$KEPT" -printf "%p %s %T@\\n" > "$LISTED"', { KEPT: kept, LISTED: `${copy}.txt` }),
          async rm() {
            await linked()
            return pipeline('rm -rf "$COPY"', { COPY: copy })
          },
        },
        async ours({ resguardo }) {
          const inBucket = (command: string) => {
            s3.restore()
            return resguardo([command, '--json', '--store', 's3://bucket'], environmentFor(s3))
          }
          return {
            list: () => resguardo(['list', '--json', '--backup-dir', kept]),
            async prune() {
              await linked()
              return resguardo(['prune', '--json', '--backup-dir', copy])
            },
            'list S3': () => inBucket('list'),
            'prune S3': () => inBucket('prune'),
          }
        },
        lines: [
          { what: '50,000 backups: `rm -rf`', contender: 'rm' },
          { what: '50,000 backups: `find -printf` with sizes and times', contender: 'find' },
          {
            what: '50,000 backups: `list` of a directory',
            contender: 'list',
            rival: 'find',
            bars: { value: 3, peakMegabytes: 200 },
          },
          { what: '50,000 backups: `prune` of a directory', contender: 'prune', rival: 'rm', bars: { value: 30 } },
          { what: '50,000 backups: `list` of a bucket', contender: 'list S3', bars: { value: 3, peakMegabytes: 200 } },
          { what: '50,000 backups: `prune` of a bucket', contender: 'prune S3', bars: { value: 30 } },
        ],
      })
    } finally {
      s3.close()
    }
  })
