// The end of the demo: the list of files, and how to restore them by hand.
import { readdir, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { formatBytes } from '../../src/domain/text/quantities.ts'
import { heading } from './show.ts'

/** Prints the files of the demo's backup and the commands that restore it without Resguardo. */
export async function farewell(root: string, folder: string): Promise<void> {
  const store = join(folder, 'backups', 'shop')
  const made = await readdir(store)
  const [id = ''] = made.filter((name) => /^\d{8}T.*-platform-/.test(name))
  const [ofRedis = ''] = made.filter((name) => /^\d{8}T.*-redis-/.test(name))
  const backup = relative(process.cwd(), join(store, id)) || '.'
  heading('Files')
  for (const file of [...(await filesBelow(join(store, id))), ...(await filesBelow(join(store, ofRedis)))]) {
    const { size } = await stat(file)
    console.log(`  ${formatBytes(size).padStart(8)}  ${relative(root, file)}`)
  }
  heading('Restore by hand, without Resguardo')
  console.log(`  cd ${backup} && sha256sum -c SHA256SUMS
  zstd -dc globals.sql.zst | grep -v '^ALTER ROLE postgres ' | psql -d postgres       # roles, on a new server
  createdb shop_by_hand
  zstd -dc database.dump.zst | pg_restore --exit-on-error --single-transaction -d shop_by_hand
  zstd -dc ../${ofRedis}/dump.rdb.zst > dump.rdb && redis-server --port 6390     # loads it; docs/redis.md for your own server`)
  heading('Next')
  console.log(`  DATABASE_URL=postgresql://user:password@host/database npm run backup     your own database, into ./backups
  node dist/cli.js --help                                                  all commands
  README.md and docs/runbook.md                                            S3, swapping a live database, undo, pruning`)
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
