// Checks whether the restored database fits on the disk: a full disk stops the live database.
import { readFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import type pg from 'pg'
import { formatBytes } from '../../../domain/text/quantities.ts'
import type { Step } from '../../../ports/restore.ts'
import type { PreflightContext } from './preflight-context.ts'

/** Space for the database as it was, plus the WAL and sort files of the restore. */
const factor = 1.2

export async function checkSpace({ client, context, request, live }: PreflightContext): Promise<Step[]> {
  const selects = request.tables.length + request.schemas.length > 0
  const needed = Math.ceil(request.manifest.database.bytes * factor)
  const folder = await placeOfData(client, context.live.host, live?.tablespace)
  const free = folder === undefined ? undefined : await freeBytes(folder)
  if (free === undefined) {
    return [
      {
        title: `The server needs ${formatBytes(needed)} of disk space; its free space cannot be checked from here`,
        state: 'warning',
        detail: 'A full disk stops the live database. Check the free space first',
      },
    ]
  }
  const title = `Disk space: ${selects ? 'at most ' : ''}${formatBytes(needed)} needed, ${formatBytes(free)} free`
  if (free >= needed) return [{ title, state: 'done' }]
  return [
    {
      title,
      state: selects ? 'warning' : 'blocked',
      detail: 'A full disk stops the live database. Free disk space, or restore on another server',
    },
  ]
}

async function freeBytes(folder: string): Promise<number | undefined> {
  return statfs(folder).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  )
}

const localHosts: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1'])

/** The data folder, if the server is certainly on this machine and the role may read its settings. */
async function placeOfData(
  client: pg.Client,
  host: string,
  tablespace: string | undefined,
): Promise<string | undefined> {
  if (!host.startsWith('/') && !localHosts.has(host)) return undefined
  try {
    const { rows } = await client.query<{ data: string; started: string; place: string | null }>(
      `SELECT current_setting('data_directory') AS data, floor(extract(epoch FROM pg_postmaster_start_time()))::int8::text AS started,
              (SELECT nullif(pg_tablespace_location(oid), '') FROM pg_tablespace WHERE spcname = $1) AS place`,
      [tablespace ?? 'pg_default'],
    )
    const [row] = rows
    if (!row || !(await isHere(row.data, row.started, host.startsWith('/')))) return undefined
    return row.place ?? row.data
  } catch {
    return undefined // the role may lack the privilege to read data_directory
  }
}

/** localhost may be a tunnel or a container: a server on this machine wrote its start time into its data folder. */
async function isHere(data: string, started: string, bySocket: boolean): Promise<boolean> {
  try {
    const [, , epoch] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')
    return Math.abs(Number(epoch) - Number(started)) <= 2
  } catch {
    return bySocket
  }
}
