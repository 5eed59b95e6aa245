// Checks what the backup needs from the server: roles, extensions, encoding and locale.
import type { Step } from '../../../ports/restore.ts'
import { missingRoles } from '../load/needs.ts'
import { checkExtensions } from './check-extensions.ts'
import type { PreflightContext } from './preflight-context.ts'

export async function checkServer(preflight: PreflightContext): Promise<Step[]> {
  const { client, request } = preflight
  const { manifest } = request
  const roles = await missingRoles(client, manifest)
  const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby')
  return [
    ...(rows[0]?.standby
      ? [{ title: 'This server is a standby', state: 'blocked' as const, detail: 'Restore on the primary' }]
      : []),
    roles.length === 0
      ? { title: 'All roles exist', state: 'done' }
      : {
          title: `Roles are missing: ${roles.join(', ')}`,
          state: 'blocked',
          detail: "Create them first; the backup's globals.sql has them, if it was made with --globals",
        },
    ...(await checkExtensions(preflight)),
    ...(request.strategy === 'in-place' ? [inPlaceShape(preflight)] : await locale(preflight)),
  ]
}

function inPlaceShape({ live, request }: PreflightContext): Step {
  const { encoding, collate } = request.manifest.database
  if (!live || live.encoding === encoding)
    return live && live.collate !== collate
      ? { title: `Collation ${live.collate} here, ${collate} in the backup`, state: 'warning' }
      : { title: 'Encoding and collation match', state: 'done' }
  return {
    title: `Encoding ${live.encoding} here, ${encoding} in the backup`,
    state: 'warning',
    detail: 'If text cannot be converted, the restore fails and nothing changes',
  }
}

/** `en_US.UTF-8` and `en_US.utf8` are the same locale. */
function plain(locale: string): string {
  return locale.toLowerCase().replaceAll(/[-_]/g, '')
}

async function locale({ client, request }: PreflightContext): Promise<Step[]> {
  const { collate, ctype, encoding, provider } = request.manifest.database
  const { rows } = await client.query<{ name: string }>(
    `SELECT collcollate::text AS name FROM pg_collation WHERE collprovider = 'c' AND collcollate IS NOT NULL
     UNION SELECT datcollate::text FROM pg_database UNION SELECT datctype::text FROM pg_database`,
  )
  const known = new Set(['C', 'POSIX', ...rows.map(({ name }) => name)].map(plain))
  const missing = [...new Set([collate, ctype])].filter((name) => !known.has(plain(name)))
  if (missing.length === 0)
    return [{ title: `Encoding ${encoding}, locale ${collate} (${provider}) are available`, state: 'done' }]
  return [
    {
      title: `Locale ${missing.join(', ')} may be missing on the server`,
      state: 'warning',
      detail:
        'If so, CREATE DATABASE fails and nothing changes. Install it there: locale-gen, or the package locales-all',
    },
  ]
}
