// Checks whether the server can create the extensions of the backup, by creating them if possible.
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import type { Step } from '../../../ports/restore.ts'
import { packageOf } from '../load/needs.ts'
import { obstaclesIn } from '../load/try-extension.ts'
import type { PreflightContext } from './preflight-context.ts'
import { restoresAsSuperuser } from './restoring-role.ts'
import { inSession } from './session.ts'

type Extension = PostgresManifest['database']['extensions'][number]

interface Facts {
  readonly name: string
  /** Versions that can be created here. */
  readonly versions: readonly string[]
  /** Whether a role that is not a superuser can create it in a database that it owns. */
  readonly trusted: boolean
}

export async function checkExtensions(preflight: PreflightContext): Promise<Step[]> {
  const { context, request, live } = preflight
  const here = request.strategy === 'in-place' && live ? await extensionsIn(preflight) : []
  const wanted = request.manifest.database.extensions.filter(({ name }) => !here.some((each) => each.name === name))
  const facts = new Map((await factsOf(preflight, wanted)).map((each) => [each.name, each]))
  const missing = wanted.filter(({ name }) => !facts.has(name))
  const available = wanted.filter(({ name }) => facts.has(name))
  const steps = [
    ...notInstalled(missing, context.server.major),
    ...(await notPossible(preflight, available, facts)),
    ...(await cronElsewhere(preflight, available)),
    ...otherVersions(available, facts),
    ...olderInPlace(request.manifest.database.extensions, here),
  ]
  return steps.length > 0 ? steps : [{ title: 'Every extension can be created', state: 'done' }]
}

async function extensionsIn({ context, request }: PreflightContext): Promise<{ name: string; version: string }[]> {
  return inSession(context.live, request.signal, async (client) => {
    const { rows } = await client.query<{ name: string; version: string }>(
      'SELECT extname::text AS name, extversion AS version FROM pg_extension',
    )
    return rows
  })
}

async function factsOf({ client }: PreflightContext, extensions: readonly Extension[]): Promise<Facts[]> {
  const trusted = "bool_or(NOT v.superuser OR coalesce((to_jsonb(v) ->> 'trusted')::boolean, false))" // `trusted` exists since PostgreSQL 13
  const { rows } = await client.query<Facts>(
    `SELECT v.name::text AS name, array_agg(v.version) AS versions, ${trusted} AS trusted
       FROM pg_available_extension_versions v WHERE v.name = ANY($1::text[]) GROUP BY 1 ORDER BY 1`,
    [extensions.map(({ name }) => name)],
  )
  return rows
}

function notInstalled(missing: readonly Extension[], major: number): Step[] {
  if (missing.length === 0) return []
  const packages = [...new Set(missing.map(({ name }) => packageOf(name, major)))]
  return [
    {
      title: `Extensions are missing: ${names(missing)}`,
      state: 'blocked',
      detail: `Install ${packages.join(', ')} on the server`,
    },
  ]
}

/**
 * A superuser tries to create them. For other roles the control files decide: only the new database's owner could try.
 */
async function notPossible(
  preflight: PreflightContext,
  available: readonly Extension[],
  facts: ReadonlyMap<string, Facts>,
): Promise<Step[]> {
  const { context, request } = preflight
  if (!(await restoresAsSuperuser(preflight))) {
    const untrusted = available.filter(({ name }) => !facts.get(name)?.trusted)
    if (untrusted.length === 0) return []
    return [
      {
        title: `Only a superuser can create these extensions: ${names(untrusted)}`,
        state: 'blocked',
        detail:
          request.strategy === 'in-place'
            ? `Let a superuser create them in ${context.live.database} first`
            : 'Restore as a superuser, or use --strategy in-place if the database has them',
      },
    ]
  }
  const place = request.strategy === 'in-place' ? context.live : context.maintenance
  const tried = place
    ? await obstaclesIn(
        place,
        available.filter(({ name }) => name !== 'pg_cron'),
      )
    : []
  return tried.map(({ name, reason, preload }) => ({
    title: `Extension ${name} cannot be created: ${reason}`,
    state: 'blocked',
    detail: preload
      ? `Add ${name} to shared_preload_libraries and restart the server`
      : 'Correct the cause on the server',
  }))
}

/** pg_cron can be created in one database of a server only. */
async function cronElsewhere(
  { client, context, request }: PreflightContext,
  available: readonly Extension[],
): Promise<Step[]> {
  if (!available.some(({ name }) => name === 'pg_cron')) return []
  const { rows } = await client.query<{ name: string | null }>(
    "SELECT current_setting('cron.database_name', true) AS name",
  )
  const name = rows[0]?.name ?? undefined
  const target = request.strategy === 'in-place' ? context.live.database : request.targetDatabase
  if (name !== undefined && name === target) return []
  return [
    {
      title:
        name === undefined
          ? 'pg_cron is not preloaded on this server'
          : `pg_cron works only in database ${name} (cron.database_name), so it cannot be created in a new database`,
      state: 'blocked',
      detail:
        name === undefined
          ? 'Add pg_cron to shared_preload_libraries, set cron.database_name and restart the server'
          : 'Use --strategy in-place',
    },
  ]
}

function otherVersions(available: readonly Extension[], facts: ReadonlyMap<string, Facts>): Step[] {
  const other = available.filter(({ name, version }) => !facts.get(name)?.versions.includes(version))
  if (other.length === 0) return []
  const said = other
    .map(({ name, version }) => `${name} ${version} (here: ${facts.get(name)?.versions.join(', ')})`)
    .join('; ')
  return [
    {
      title: `This server does not have the versions of extensions in the backup: ${said}`,
      state: 'warning',
      detail: 'The default version is created instead; objects that need the other version fail',
    },
  ]
}

function olderInPlace(wanted: readonly Extension[], here: readonly { name: string; version: string }[]): Step[] {
  const differs = wanted.flatMap(({ name, version }) => {
    const found = here.find((each) => each.name === name)
    return found && found.version !== version ? [`${name} is ${found.version} here, ${version} in the backup`] : []
  })
  if (differs.length === 0) return []
  return [{ title: `Existing extensions are not changed: ${differs.join('; ')}`, state: 'warning' }]
}

function names(extensions: readonly Extension[]): string {
  return extensions.map(({ name }) => name).join(', ')
}
