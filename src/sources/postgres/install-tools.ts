// Installing the PostgreSQL client of one major: from PostgreSQL's own repository where it is set up, else the distribution's.
import { access, constants } from 'node:fs/promises'
import { Failure } from '../../domain/failure.ts'
import { readTool } from '../../streams/child.ts'

/** PostgreSQL's own package `postgresql-common` carries this script; it sets up their repository. */
const pgdgScript = '/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh'

/**
 * Installs `postgresql-client-<major>` with apt-get, as root or by sudo without a password.
 * Throws a failure of kind tool with what to do by hand.
 */
export async function installClient(major: number): Promise<void> {
  const wanted = `postgresql-client-${major}`
  const byHand = `Install ${wanted} by hand; on Debian and Ubuntu: apt-get install postgresql-common, ${pgdgScript} -y, apt-get install ${wanted}.`
  if (!(await exists('/usr/bin/apt-get')))
    throw new Failure('postgres/install-failed', `could not install ${wanted}: this system has no apt-get`, { hint: byHand })
  const available = async (): Promise<boolean> =>
    /Candidate: \d/.test(await readTool({ command: 'apt-cache', arguments: ['policy', wanted] }).catch(() => ''))
  try {
    if (!(await available())) await asRoot(['apt-get', 'update', '-q'])
    if (!(await available())) {
      await asRoot(['apt-get', 'install', '-qy', '--no-install-recommends', 'postgresql-common', 'ca-certificates'])
      if (await exists(pgdgScript)) await asRoot([pgdgScript, '-y'])
    }
    await asRoot(['apt-get', 'install', '-qy', '--no-install-recommends', wanted])
  } catch (error) {
    throw new Failure('postgres/install-failed', `could not install ${wanted}`, { hint: byHand, cause: error })
  }
}

async function asRoot(command: readonly string[]): Promise<void> {
  const root = process.getuid?.() === 0
  const [program = '', ...rest] = root ? command : ['sudo', '-n', ...command]
  // Left alone when we are killed: packages must not be half installed.
  await readTool({ command: program, arguments: rest, environment: { DEBIAN_FRONTEND: 'noninteractive' }, endsItself: true })
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
