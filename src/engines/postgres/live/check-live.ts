// Checks the live database: existence, connections, and databases of earlier restores.
import type { Step } from '../../../ports/restore.ts'
import type { PreflightContext } from './preflight-context.ts'
import { checkUnfinished } from './unfinished.ts'

export async function checkLiveDatabase(preflight: PreflightContext): Promise<Step[]> {
  return [...(await stateOf(preflight)), ...(await checkUnfinished(preflight.client, preflight.context.live.database))]
}

async function stateOf(preflight: PreflightContext): Promise<Step[]> {
  const { context, request, live } = preflight
  const name = context.live.database
  if (request.targetDatabase !== undefined) return [await targetIsFree(preflight, request.targetDatabase)]
  if (!live) {
    return [
      request.strategy === 'swap' && request.targetSchema === undefined
        ? { title: `Database ${name} does not exist; the restored database gets its name`, state: 'warning' }
        : { title: `There is no database ${name}`, state: 'blocked', detail: 'Use --strategy swap, which creates it' },
    ]
  }
  if (request.targetSchema !== undefined) return [{ title: `Database ${name} exists`, state: 'done' }]
  return [
    live.allowsConnections
      ? { title: `Database ${name} exists`, state: 'done' }
      : { title: `Database ${name} does not accept connections (ALLOW_CONNECTIONS false)`, state: 'warning' },
    await sessions(preflight),
  ]
}

async function targetIsFree({ client }: PreflightContext, target: string): Promise<Step> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [target])
  if (!rowCount) return { title: `Database ${target} does not exist yet`, state: 'done' }
  return {
    title: `Database ${target} already exists`,
    state: 'blocked',
    detail: 'Name another one with --target-database',
  }
}

async function sessions({ client, context, request }: PreflightContext): Promise<Step> {
  const { rows } = await client.query<{ who: string; sessions: number; mayend: boolean }>(
    `SELECT coalesce(a.usename::text, a.backend_type) AS who, count(*)::int AS sessions,
            bool_and((SELECT rolsuper FROM pg_roles WHERE rolname = current_user) OR (a.usesysid IS NOT NULL AND NOT coalesce(r.rolsuper, false)
              AND (pg_has_role(a.usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))) AS mayend
       FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
      WHERE a.datname = $1 AND a.pid <> pg_backend_pid() AND a.backend_type IS DISTINCT FROM 'autovacuum worker' GROUP BY 1 ORDER BY 2 DESC, 1`,
    [context.live.database],
  )
  const all = rows.map(({ who, sessions: count }) => `${count} of ${who}`).join(', ')
  if (rows.length === 0) return { title: 'No sessions are connected', state: 'done' }
  const stubborn = rows.filter(({ mayend }) => !mayend).map(({ who }) => who)
  if (request.strategy === 'swap' && stubborn.length > 0) {
    return {
      title: `Connected sessions: ${all}`,
      state: 'warning',
      detail: `${context.role.name} cannot end sessions of ${stubborn.join(', ')}; while they are connected, the swap fails and nothing changes`,
    }
  }
  if (request.strategy === 'swap') return { title: `Connected sessions: ${all}; they will be ended`, state: 'done' }
  return {
    title: `Connected sessions: ${all}; they wait for the transaction`,
    state: 'warning',
    detail: 'The restore replaces everything written since the backup. Stop the application first (--before)',
  }
}
