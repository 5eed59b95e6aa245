// A drill with and without its sandbox, compared with zstd -d and pg_restore -j2; all of them start a cluster first.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toUrl, withDatabase } from '../../src/engines/postgres/connection/address.ts'
import { connect } from '../../src/engines/postgres/connection/connect.ts'
import { scratchSettings } from '../../src/engines/postgres/scratch/scratch-settings.ts'
import type { ClientTools } from '../../src/engines/postgres/tools.ts'
import { type Cluster, startCluster } from '../../test/support/cluster.ts'
import type { Session } from './contest.ts'
import { type Measured, pipeline } from './measure.ts'
import { withFolder, withServer } from './server.ts'

export const benchDrill = ({ megabytes, contest }: Session): Promise<void> =>
  withServer(({ tools, sample }) =>
    withFolder(async (folder) => {
      const url = await sample(megabytes)
      const dump = join(folder, 'rival.zst')
      await pipeline(`"${tools.folder}/pg_dump" -Fc -Z0 -d "$URL" | zstd -q -T0 -3 > "$DUMP"`, { URL: url, DUMP: dump })
      await contest({
        rivals: { bare: () => bareRestore(tools, dump) },
        async ours({ folder: target, resguardo }) {
          await resguardo(['backup', '--name', 'bench', '--backup-dir', target], { DATABASE_URL: url })
          const drill =
            (...flags: string[]) =>
            () =>
              resguardo(['test-restore', '--jobs', '2', '--backup-dir', target, ...flags])
          const plain = { plain: drill() }
          if (!(await resguardo(['test-restore', '--help'])).stdout.includes('--isolation')) return plain
          return { ...plain, required: drill('--isolation', 'required'), none: drill('--isolation', 'none') }
        },
        lines: [
          { what: '`zstd -d` and `pg_restore -j2` into a new cluster', contender: 'bare' },
          {
            what: '`resguardo test-restore --isolation required`',
            contender: 'required',
            rival: 'bare',
            bars: { ratio: 1.5 },
          },
          { what: '`resguardo test-restore --isolation none`', contender: 'none', rival: 'bare' },
          { what: '`resguardo test-restore`', contender: 'plain', instead: true },
          {
            ...{
              what: '`--isolation required` compared with `none`: the cost of the sandbox',
              contender: 'required',
              rival: 'none',
            },
            bars: { ratio: 1.05 },
          },
        ],
      })
    }),
  )

/** Seconds from the start of a new cluster to the end of its removal, with a plain restore in between. */
export async function bareRestore(tools: ClientTools, dump: string): Promise<Measured> {
  const began = performance.now()
  const done = await restoreInto(
    await startCluster({ tools, temporary: tmpdir(), prefix: 'resguardo-rival-', settings: scratchSettings }),
    tools,
    dump,
  )
  return { ...done, seconds: (performance.now() - began) / 1000 }
}

async function restoreInto(cluster: Cluster, tools: ClientTools, dump: string): Promise<Measured> {
  try {
    const client = await connect(cluster.address)
    await client.query('CREATE ROLE shop_app')
    await client.query('CREATE DATABASE bare TEMPLATE template0')
    await client.end()
    return await pipeline(
      `zstd -q -d -f "$DUMP" -o "$DUMP.raw"; "${tools.folder}/pg_restore" --exit-on-error -j2 -d "$URL" "$DUMP.raw"`,
      { DUMP: dump, URL: toUrl(withDatabase(cluster.address, 'bare')) },
    )
  } finally {
    await cluster.stop()
  }
}
