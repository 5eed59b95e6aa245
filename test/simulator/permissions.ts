// Permissions of GITHUB_TOKEN.
// https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#permissions
import { isObject, type Json } from './json.ts'
import { plain, type Token } from './tokens.ts'

type Level = 'none' | 'read' | 'write'
export type Permissions = Readonly<Record<string, Level>>

/** Scopes of the parser's schema, without `id-token` and others that have no read level. */
const scopes = [
  'actions',
  'artifact-metadata',
  'attestations',
  'checks',
  'contents',
  'deployments',
  'discussions',
  'issues',
  'models',
  'packages',
  'pages',
  'pull-requests',
  'repository-projects',
  'security-events',
  'statuses',
]

const order: readonly Level[] = ['none', 'read', 'write']

const allWrite: Permissions = Object.fromEntries([...scopes, 'id-token'].map((scope) => [scope, 'write']))
const allRead: Permissions = Object.fromEntries(scopes.map((scope) => [scope, 'read']))

/** The restricted default of new repositories and organisations: reading contents and packages. */
export const restricted: Permissions = { contents: 'read', packages: 'read' }

function levelOf(permissions: Permissions, scope: string): Level {
  return permissions[scope] ?? 'none'
}

export function allows(permissions: Permissions, scope: string, level: Level): boolean {
  return order.indexOf(levelOf(permissions, scope)) >= order.indexOf(level)
}

/** Parses `permissions:`; undefined without one. Scopes that it does not name are none. */
export function permissionsOf(token: Token | undefined): Permissions | undefined {
  if (token === undefined) return undefined
  const value: Json = plain(token)
  if (value === 'write-all') return allWrite
  if (value === 'read-all') return allRead
  if (value === null || value === '') return {}
  if (!isObject(value)) throw new Error(`permissions: '${String(value)}' is not supported`)
  return Object.fromEntries(Object.entries(value).map(([scope, level]) => [scope, level as Level]))
}

/** For forks and Dependabot: the requested permissions, at most read, and no ID token. */
export function readOnly(permissions: Permissions): Permissions {
  const pairs = Object.entries(permissions).filter(([scope]) => scope !== 'id-token')
  return Object.fromEntries(pairs.map(([scope, level]) => [scope, level === 'write' ? 'read' : level]))
}

/** Throws if a called workflow has more than its caller: GitHub refuses to start the run. */
export function checkNotElevated(wanted: Permissions, ceiling: Permissions, job: string): void {
  const over = Object.entries(wanted).filter(([scope, level]) => !allows(ceiling, scope, level))
  if (over.length === 0) return
  const list = (pairs: [string, Level][]) => pairs.map(([scope, level]) => `${scope}: ${level}`).join(', ')
  const allowed = list(over.map(([scope]) => [scope, levelOf(ceiling, scope)]))
  throw new Error(
    `Error calling workflow: the nested job '${job}' is requesting '${list(over)}', but is only allowed '${allowed}'`,
  )
}
