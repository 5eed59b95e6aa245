// A whole drill beside zstd -d and pg_restore -j2 into the same kind of cluster, the cluster's start included in both.
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { toUrl, withDatabase } from '../../src/sources/postgres/address.ts'
import { connect } from '../../src/sources/postgres/connect.ts'
import { startCluster } from '../../src/sources/postgres/scratch/cluster.ts'
import { scratchSettings } from '../../src/sources/postgres/scratch/scratch-settings.ts'
import { interleave, type Measured, median, type Part, pipeline, resguardo, table, withServer } from './measure.ts'

export const benchDrill: Part = ({ root, rounds, megabytes }) =>
  withServer(async ({ tools, folder, sample }) => {
    const url = await sample(megabytes)
    const target = join(folder, 'backups')
    await resguardo(root, ['backup', '--name', 'bench', '--backup-dir', target], { DATABASE_URL: url })
    const [id = ''] = await readdir(join(target, 'bench'))
    const bare = async (): Promise<Measured> => {
      const began = performance.now()
      const cluster = await startCluster({ tools, temporary: tmpdir(), prefix: 'resguardo-rival-', settings: scratchSettings })
      try {
        const client = await connect(cluster.address)
        await client.query('CREATE ROLE shop_app')
        await client.query('CREATE DATABASE bare TEMPLATE template0')
        await client.end()
        const script = `zstd -q -d -f "$DUMP" -o "$OUT"; "${tools.folder}/pg_restore" --exit-on-error -j2 -d "$URL" "$OUT"`
        const at = join(target, 'bench', id, 'database.dump.zst')
        const done = await pipeline(script, {
          DUMP: at,
          OUT: join(folder, 'bare.dump'),
          URL: toUrl(withDatabase(cluster.address, 'bare')),
        })
        return { ...done, seconds: (performance.now() - began) / 1000 }
      } finally {
        await cluster.stop()
      }
    }
    const results = await interleave<Measured>(rounds, {
      bare,
      drill: () => resguardo(root, ['test-restore', '--jobs', '2', '--backup-dir', target], {}),
    })
    const seconds = (name: string): number => median((results.get(name) ?? []).map((timed) => timed.seconds))
    const [rival, drill] = [seconds('bare'), seconds('drill')]
    return table(
      ['what', 'seconds', 'ratio', 'bar'],
      [
        ['`zstd -d` and `pg_restore -j2` into a fresh cluster', rival.toFixed(1), '1.00', ''],
        ['`resguardo test-restore`, all of it', drill.toFixed(1), (drill / rival).toFixed(2), '≤ 1.5'],
      ],
    )
  })
