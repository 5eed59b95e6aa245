// Tenants: all of them compared with COPY of the same tables into gzip, few compared with many, and one tenant compared
// with plain SQL.
import { join } from 'node:path'
import type { Revision, Session } from './contest.ts'
import { pipeline, secondsOfPhase } from './measure.ts'
import { type BenchServer, withFolder, withServer } from './server.ts'
import { largestTenant, rowsOf, tenantPlatform, tenantTables } from './tenant-sample.ts'

export const benchTenants = (session: Session): Promise<void> =>
  withServer((server) =>
    withFolder(async (folder) => {
      await allTenants(session, server, folder)
      await oneTenant(session, server, folder)
    }),
  )

let runs = 0
/**
 * Each backup has its own folder, removed at the end: a file system that removes thousands of files slows the next run.
 */
function backup({ folder, resguardo }: Revision, url: string, tenant: string, level: string) {
  const target = join(folder, `backups-${runs++}`)
  const flags = [
    '--kind',
    'tenant',
    '--tenant',
    tenant,
    '--zip-level',
    level,
    '--name',
    'bench',
    '--backup-dir',
    target,
  ]
  return resguardo(['backup', '--json', ...flags], { DATABASE_URL: url })
}

async function allTenants({ megabytes, contest }: Session, server: BenchServer, folder: string): Promise<void> {
  const few = await tenantPlatform(server, 'few', megabytes, 20)
  const many = await tenantPlatform(server, 'many', megabytes, 2000)
  const copies = Object.entries(tenantTables).map(
    ([name, columns]) => `psql -qXAt "$URL" -c 'COPY (SELECT ${columns} FROM "${name}") TO STDOUT (FORMAT csv)'`,
  )
  await contest({
    rivals: {
      copy: () => pipeline(`{ ${copies.join('; ')}; } | gzip -1 > "$OUT"`, { URL: few, OUT: join(folder, 'rival') }),
    },
    async ours(revision) {
      return { few: () => backup(revision, few, 'all', '1'), many: () => backup(revision, many, 'all', '1') }
    },
    lines: [
      { what: '`COPY … CSV` of the same tables `| gzip -1`', contender: 'copy' },
      {
        what: '`backup tenant --tenant all --zip-level 1`, 20 tenants',
        contender: 'few',
        rival: 'copy',
        bars: { ratio: 2 },
      },
      {
        what: 'the same rows, 2,000 tenants (ratio to 20 tenants)',
        contender: 'many',
        rival: 'few',
        bars: { ratio: 1.25 },
      },
    ],
  })
}

async function oneTenant({ megabytes, contest }: Session, server: BenchServer, folder: string): Promise<void> {
  const url = await tenantPlatform(server, 'two_hundred', megabytes, 200)
  const tenant = await largestTenant(url)
  const names = Object.keys(tenantTables)
  const csv = (name: string): string => join(folder, `${name}.csv`)
  const copyTo = (target: (name: string) => string) =>
    names.map(
      (name) =>
        `\\copy (SELECT ${tenantTables[name]} FROM "${name}" WHERE ${rowsOf(tenant, name)}) TO ${target(name)} CSV`,
    )
  const psql = (lines: readonly string[], and = '') =>
    pipeline(`printf "%s\\n" "$SCRIPT" | psql -qX -v ON_ERROR_STOP=1 "$URL" ${and}`, {
      ...{ URL: url, SCRIPT: lines.join('\n'), OUT: join(folder, 'rival') },
    })
  const copyOut = () => psql(copyTo((name) => `'${csv(name)}'`))
  await contest({
    rivals: {
      copy: copyOut,
      zipped: () =>
        psql(
          copyTo(() => 'STDOUT'),
          '| gzip -1 > "$OUT"',
        ),
    },
    async ours(revision) {
      return { backup: () => backup(revision, url, tenant, '1') }
    },
    lines: [
      { what: 'the largest tenant of 200: `COPY` with indexes', contender: 'copy' },
      { what: 'the same into `gzip -1`', contender: 'zipped', rival: 'copy' },
      {
        ...{ what: '`backup tenant --tenant ID`, its rows read and zipped', contender: 'backup', rival: 'copy' },
        ...{ bars: { ratio: 1.3 }, sampleOf: (measured) => secondsOfPhase(measured, 'dump') ?? measured.seconds },
      },
      { what: '`backup tenant --tenant ID`', contender: 'backup', rival: 'copy' },
    ],
  })
  // A separate contest: writes to disk that an import leaves pending would slow the backups, which sync files, but not
  // the queries.
  await copyOut()
  const remove = names.toReversed().map((name) => `DELETE FROM "${name}" WHERE ${rowsOf(tenant, name)};`)
  const copyIn = names.map((name) => `\\copy "${name}" (${tenantTables[name]}) FROM '${csv(name)}' CSV`)
  await contest({
    rivals: {
      async copy() {
        await psql(remove)
        return psql(['BEGIN;', ...copyIn, 'COMMIT;'])
      },
    },
    async ours({ folder: target, resguardo }) {
      const flags = ['--kind', 'tenant', '--tenant', tenant, '--name', 'bench', '--backup-dir', target]
      await resguardo(['backup', ...flags], { DATABASE_URL: url })
      const restore = async () => {
        await psql(remove)
        return resguardo(['restore', ...flags, '--confirm', 'two_hundred', '--json'], { DATABASE_URL: url })
      }
      return { restore }
    },
    lines: [
      { what: 'import of that tenant: `COPY FROM` in a transaction', contender: 'copy' },
      { what: '`restore tenant`', contender: 'restore', rival: 'copy', bars: { ratio: 1.3 } },
    ],
  })
}
