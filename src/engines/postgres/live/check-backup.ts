// Checks whether the backup can be restored on this server.
import type { Step } from '../../../ports/restore.ts'
import { missingRestriction } from '../load/restricted-script.ts'
import { runsAsOwners } from './context.ts'
import type { PreflightContext } from './preflight-context.ts'

export function checkBackup({ request, context }: PreflightContext): Step[] {
  const { manifest, strategy, targetSchema } = request
  const { selection } = manifest.dump
  const steps: Step[] = []
  const { parts, ...patterns } = selection
  const isPart = Object.values(patterns).some((list) => list.length > 0)
  const replaces = strategy !== 'new'
  if (manifest.kind !== 'platform')
    steps.push({
      title: `${manifest.id} is a backup of kind ${manifest.kind}`,
      state: 'blocked',
      detail: 'Choose a platform backup',
    })
  if (replaces && (isPart || parts !== 'all')) {
    steps.push({
      title: 'The backup contains only a part of the database',
      state: 'blocked',
      detail: 'It would replace the whole live database. Use --strategy new --target-database NAME',
    })
  } else if (parts === 'data-only') {
    steps.push({
      title: 'The backup contains data only',
      state: 'blocked',
      detail: 'The new database has no tables for it',
    })
  } else steps.push({ title: 'The backup contains the requested data', state: 'done' })
  if (manifest.suspect) steps.push({ title: 'The backup is suspect', state: 'warning', detail: manifest.suspect })
  if (targetSchema !== undefined && manifest.dump.format === 'plain')
    steps.push({
      title: 'Tables of a plain dump cannot be selected',
      state: 'blocked',
      detail: 'Use --strategy new without --table',
    })
  if (request.onError !== 'stop' && manifest.dump.format === 'plain')
    steps.push({ title: 'A plain dump is restored as a whole: --on-error has no effect', state: 'warning' })
  return [...steps, version(manifest.server, context.server)]
}

/** psql runs a script in place, into a schema, for a plain dump, and if code runs with the rights of owners. */
export async function checkScript({ request, context }: PreflightContext): Promise<Step[]> {
  const { manifest, strategy, targetSchema } = request
  const isScript = manifest.dump.format === 'plain' || strategy === 'in-place' || targetSchema !== undefined
  if (!isScript && !runsAsOwners(context, request)) return []
  const tools = await context.tools(manifest)
  const detail = missingRestriction(tools)
  if (detail === undefined) return []
  return [
    {
      title: `psql ${tools.version} has no restricted mode, so a script could run commands on this machine`,
      state: 'blocked',
      detail,
    },
  ]
}

function version(dumped: { major: number; version: string }, here: { major: number; version: string }): Step {
  const title = `PostgreSQL ${here.version} here, ${dumped.version} in the backup`
  if (here.major >= dumped.major) return { title, state: 'done' }
  return {
    title,
    state: 'blocked',
    detail: `An older server may not be able to load the backup. Restore into PostgreSQL ${dumped.major} or newer`,
  }
}
