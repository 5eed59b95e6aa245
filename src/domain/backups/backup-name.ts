// The name of a database's backups in a store: the database's own name if it is a safe path segment.
import { createHash } from 'node:crypto'
import { isBackupName } from './backup.ts'

/**
 * Returns a safe name for any database. A changed name ends with eight digits of a digest, so that names do not
 * collide.
 */
export function backupNameOf(database: string): string {
  if (isBackupName(database)) return database
  const readable = database
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 60)
  const digest = createHash('sha256').update(database).digest('hex').slice(0, 8)
  return `${readable || 'database'}-${digest}`
}
