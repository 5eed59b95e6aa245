// The backups of the test environment, in a directory and a bucket.
import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { forgeManifest, onlyBackup } from '../support/signing.ts'
import { runResguardo } from './run-command.ts'
import type { TestEnvironment, Workspace } from './workspace.ts'

/**
 * Backups by name: shop (all kinds, proven), plain, folder (directory format), scan, large, false (no drill proves it),
 * old.
 */
export async function makeBackups({ server, bucket, folder }: TestEnvironment, home: Workspace): Promise<void> {
  for (const each of ['tmp', 'home', 'work']) await mkdir(join(folder, each))
  const run = async (...words: string[]) => {
    const { code, stderr } = await runResguardo(home, words)
    if (code !== 0) throw new Error(`resguardo ${words.join(' ')} ended with ${code}: ${stderr}`)
  }
  await run('backup', 'all', '--name', 'shop')
  await run('backup', '--name', 'plain', '--format', 'plain')
  await run('backup', '--name', 'folder', '--format', 'directory')
  await run('backup', 'redis', '--name', 'scan', '--redis-method', 'scan')
  await run('backup', '--name', 'large', '--database-url', server.url('large'))
  await run('backup', '--name', 'false', '--table', 'public."Tenant"', '--shrink-limit', '0')
  forgeManifest(join(home.store, 'false', onlyBackup(home.store, 'false')), wrongRows)
  await run('test-restore', 'platform', '--name', 'shop')
  const shop = (await readdir(join(home.store, 'shop'))).find((id) => id.includes('-platform-')) ?? ''
  for (const name of oldBackups())
    await cp(join(home.store, 'shop', shop), join(home.store, 'old', name), { recursive: true })
  const all = (await readdir(home.store)).flatMap((name) => (['large', 'old'].includes(name) ? [] : [name]))
  for (const name of all) {
    for (const id of await readdir(join(home.store, name)))
      await run('upload', id, '--name', name, '--to', `s3://${bucket}/base`)
  }
  // An upload does not copy drill records, so the copy is drilled separately.
  await run('test-restore', 'platform', '--name', 'shop', '--store', `s3://${bucket}/base`)
  for (const each of ['tmp', 'home', 'work']) await rm(join(folder, each), { recursive: true })
}

/** IDs of three scheduled backups of past years, for prune, which reads only names. */
function oldBackups(): string[] {
  const year = new Date().getUTCFullYear()
  return [1, 2, 3].map((n) => `${year - n}0101T000000Z-platform-scheduled-00000${n}`)
}

function wrongRows(manifest: Record<string, unknown>): object {
  const { fingerprint } = manifest as { fingerprint: { tables: { rows: number }[] } }
  return {
    fingerprint: { ...fingerprint, tables: fingerprint.tables.map((table) => ({ ...table, rows: table.rows + 1 })) },
  }
}
