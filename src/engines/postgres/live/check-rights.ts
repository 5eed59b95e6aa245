// Checks whether the role has the privileges for the restore, and can give objects to their owners in the backup.
import type { Step } from '../../../ports/restore.ts'
import { ownersIn, readContents } from './archive-facts.ts'
import type { PreflightContext } from './preflight-context.ts'

export async function checkRights(preflight: PreflightContext): Promise<Step[]> {
  const { context, request, live, client } = preflight
  const { role } = context
  if (role.superuser) return [{ title: `${role.name} is a superuser`, state: 'done' }]
  const steps: Step[] = request.strategy === 'in-place' ? [] : [mayMake(preflight)]
  if (request.strategy !== 'new' && live) {
    const { rows } = await client.query<{ owns: boolean }>("SELECT pg_has_role($1::name, 'USAGE') AS owns", [
      live.owner,
    ])
    steps.push(
      rows[0]?.owns
        ? { title: `${role.name} owns ${live.name}`, state: 'done' }
        : {
            title: `${role.name} does not own ${live.name}`,
            state: request.targetSchema === undefined ? 'blocked' : 'warning',
            detail: `Connect as ${live.owner}, or GRANT ${live.owner} TO ${role.name}`,
          },
    )
  }
  return [...steps, await mayOwn(preflight)]
}

function mayMake({ context }: PreflightContext): Step {
  const { role, maintenance } = context
  if (!maintenance) {
    return {
      title: `${role.name} can connect to no other database of this server`,
      state: 'blocked',
      detail: 'Grant it CONNECT on the database postgres, or use --strategy in-place',
    }
  }
  if (role.createsDatabases) return { title: `${role.name} can create databases`, state: 'done' }
  return {
    title: `${role.name} cannot create databases`,
    state: 'blocked',
    detail: `ALTER ROLE ${role.name} CREATEDB as a superuser, or use --strategy in-place`,
  }
}

/** Only a member of a role can make that role the owner of a table. */
async function mayOwn({ context, request, client }: PreflightContext): Promise<Step> {
  const contents = await readContents(request.payloads)
  const wanted = contents ? [...ownersIn(contents)] : request.manifest.database.roles
  const right = context.server.major >= 16 ? 'SET' : 'MEMBER'
  const { rows } = await client.query<{ role: string }>(
    `SELECT r.rolname::text AS role FROM pg_roles r WHERE r.rolname = ANY($1::text[]) AND NOT pg_has_role(r.oid, '${right}') ORDER BY 1`,
    [wanted],
  )
  const others = rows.map(({ role }) => role)
  if (others.length === 0)
    return { title: `${context.role.name} is a member of every role that owns objects of the backup`, state: 'done' }
  return {
    title: `${context.role.name} is not a member of ${others.join(', ')}`,
    state: contents ? 'blocked' : 'warning',
    detail: `GRANT ${others.join(', ')} TO ${context.role.name}, or restore as a superuser`,
  }
}
