// The name under which a database's backups lie: the database's own where it is a safe path segment.
import { createHash } from 'node:crypto'
import { isBackupName } from './backup.ts'

/**
 * A safe name for a database of any name; names that had to be changed carry eight digits of a digest, so that none
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
