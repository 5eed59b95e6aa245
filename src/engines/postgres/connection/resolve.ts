// Completes a connection with everything that libpq reads from elsewhere: the environment, services, password and
// certificate files, several hosts.
import { stat } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import { type Address, parseAddress, toUrl } from './address.ts'
import { certificateFiles } from './certificate-files.ts'
import { withClient } from './connect.ts'
import { ofEnvironment, type Parameters, requireKnown } from './parameters.ts'
import { invalid, parseConnection } from './parse-text.ts'
import { passwordIn } from './password-file.ts'
import { readService } from './service-file.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Returns the URL of one server in which nothing is left to defaults, so that every client connects in the same way. Of
 * several hosts, and with target_session_attrs, servers are tried in order. Throws a Failure of kind `usage` for an
 * invalid connection, the error of the last server tried, or `postgres/no-such-server`.
 */
export async function resolveConnection(text: string, environment: Environment): Promise<string> {
  const given = await complete(parseConnection(text), environment)
  const candidates = await candidatesOf(given, environment)
  const wanted = given.get('target_session_attrs') ?? 'any'
  if (!sessionKinds.includes(wanted)) throw invalid(`target_session_attrs is not one of ${sessionKinds.join(', ')}`)
  const [only] = candidates
  if (!only) throw invalid('the database URL names no host')
  if (candidates.length === 1 && wanted === 'any') return toUrl(only)
  return toUrl(await firstThatFits(candidates, wanted))
}

/** Merges the parameters: the text overrides the service, which overrides the environment. */
async function complete(given: Parameters, environment: Environment): Promise<Parameters> {
  requireKnown(given)
  const fromEnvironment = ofEnvironment(environment)
  const service = given.get('service') ?? fromEnvironment.get('service')
  const ofService = service === undefined ? new Map<string, string>() : await readService(service, environment)
  requireKnown(ofService)
  return new Map([...fromEnvironment, ...ofService, ...given])
}

/** Returns one address for each host. */
async function candidatesOf(all: Parameters, environment: Environment): Promise<Address[]> {
  const port = all.get('port')
  const hosts = (all.get('host') ?? all.get('hostaddr') ?? (await defaultHost(port))).split(',')
  const numeric = all.get('hostaddr')?.split(',')
  const ports = (port ?? '').split(',')
  if (ports.length > 1 && ports.length !== hosts.length)
    throw invalid('the database URL names more or fewer ports than hosts')
  if (numeric && numeric.length !== hosts.length) throw invalid('hostaddr names more or fewer hosts than host')
  const files = await certificateFiles(all, environment)
  const user = all.get('user') ?? userInfo().username
  const addresses: Address[] = []
  for (const [at, host] of hosts.entries()) {
    const one = new Map([
      ...all,
      ...files,
      ['host', host],
      ['port', ports[at] || (ports.length === 1 && ports[0]) || '5432'],
      ['user', user],
    ])
    if (numeric) one.set('hostaddr', numeric[at] ?? '')
    const address = parseAddress(one)
    addresses.push({ ...address, password: address.password ?? (await filedPassword(address, all, environment)) })
  }
  return all.get('load_balance_hosts') === 'random' ? shuffled(addresses) : addresses
}

async function filedPassword(
  { host, port, database, user }: Address,
  all: Parameters,
  { HOME = '/' }: Environment,
): Promise<string | undefined> {
  const question = { host, port: String(port), database, user: user ?? '' }
  return passwordIn(all.get('passfile') ?? join(HOME, '.pgpass'), question)
}

const socketFolders = ['/var/run/postgresql', '/run/postgresql', '/tmp']

/** Returns the folder with the server's socket; libpq's default folder is set at compile time. */
async function defaultHost(port = '5432'): Promise<string> {
  for (const folder of socketFolders)
    if (await stat(join(folder, `.s.PGSQL.${port}`)).catch(() => undefined)) return folder
  return 'localhost'
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
}

const sessionKinds: readonly string[] = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby']

async function firstThatFits(candidates: readonly Address[], wanted: string): Promise<Address> {
  let last: unknown
  let primary: Address | undefined
  for (const address of candidates) {
    try {
      const standby = await isStandby(address)
      const fits = wanted === 'any' || standby === !/^(read-write|primary)$/.test(wanted)
      if (fits) return address
      primary ??= address
    } catch (error) {
      last = error
    }
  }
  if (wanted === 'prefer-standby' && primary) return primary
  if (last && !primary) throw asFailure(last)
  throw new Failure('postgres/no-such-server', `no server of the database URL matches target_session_attrs=${wanted}`, {
    hint: 'Check the hosts in DATABASE_URL, or remove target_session_attrs.',
    cause: last,
  })
}

function isStandby(address: Address): Promise<boolean> {
  return withClient(address, async (client) => {
    const { rows } = await client.query<{ standby: boolean }>('SELECT pg_catalog.pg_is_in_recovery() AS standby')
    return rows[0]?.standby === true
  })
}
