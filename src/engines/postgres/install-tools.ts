// Installs the PostgreSQL client or server programs of one major version with apt-get. Sets up PostgreSQL's apt repository
// if the configured repositories lack the package.
import { access, constants } from 'node:fs/promises'
import { getExecOutput } from '@actions/exec'
import { Failure } from '../../domain/failures/failure.ts'
import { harmlessEnvironment } from '../../streams/processes/child.ts'
import { plainFailure } from '../../streams/processes/tool-failure.ts'

/** Script of the package `postgresql-common` that sets up PostgreSQL's apt repository. */
const pgdgScript = '/usr/share/postgresql-common/pgdg/apt.postgresql.org.sh'

/**
 * Installs `postgresql-client-<major>` with apt-get, as root or through sudo without a password. Throws a Failure of
 * kind tool; its hint describes the manual installation.
 */
export async function installClient(major: number): Promise<void> {
  await install(`postgresql-client-${major}`, (wanted) =>
    asRoot(['apt-get', 'install', '-qy', '--no-install-recommends', wanted]),
  )
}

/**
 * Installs `postgresql-<major>`, which includes the client programs, in the same way. The package would create and start
 * a cluster; this installation does not.
 */
export async function installServer(major: number): Promise<void> {
  await install(`postgresql-${major}`, (wanted) => asRoot(['sh', '-c', withoutCluster, 'sh', wanted]))
}

/**
 * Shell script that installs the package "$1" without a new cluster. Packages of Debian and of apt.postgresql.org create
 * one after the installation, unless the setting `create_main_cluster` of pg_createcluster(1) is off. A file that exists
 * only during the installation turns it off. If that has no effect, nothing is installed.
 */
const withoutCluster = `set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get install -qy --no-install-recommends postgresql-common
configuration=/etc/postgresql-common
setting=$configuration/createcluster.d/resguardo.conf
mkdir -p "$configuration/createcluster.d"
trap 'rm -f "$setting"' EXIT
trap 'exit 1' HUP INT TERM
echo 'create_main_cluster = false # only while Resguardo installs a server' > "$setting"
if [ "$(pg_conftool "$configuration/createcluster.conf" show -bs create_main_cluster)" != off ]; then
  echo "$configuration/createcluster.conf does not include $setting, so a cluster would be created" >&2
  exit 1
fi
apt-get install -qy --no-install-recommends "$1"`

async function install(wanted: string, run: (wanted: string) => Promise<unknown>): Promise<void> {
  const byHand = `Install ${wanted} by hand; on Debian and Ubuntu: apt-get install postgresql-common, ${pgdgScript} -y, apt-get install ${wanted}.`
  if (!(await exists('/usr/bin/apt-get')))
    throw new Failure('postgres/install-failed', `could not install ${wanted}: this system has no apt-get`, {
      hint: byHand,
    })
  const available = async (): Promise<boolean> =>
    /Candidate: \d/.test(await outputOf(['apt-cache', 'policy', wanted]).catch(() => ''))
  try {
    if (!(await available())) await asRoot(['apt-get', 'update', '-q'])
    if (!(await available())) {
      await asRoot(['apt-get', 'install', '-qy', '--no-install-recommends', 'postgresql-common', 'ca-certificates'])
      if (await exists(pgdgScript)) await asRoot([pgdgScript, '-y'])
    }
    await run(wanted)
  } catch (error) {
    throw new Failure('postgres/install-failed', `could not install ${wanted}`, { hint: byHand, cause: error })
  }
}

function asRoot(command: readonly string[]): Promise<string> {
  return outputOf(process.getuid?.() === 0 ? command : ['sudo', '-n', ...command])
}

/**
 * Returns the output of the program. The program continues if this process is killed, so that no package is partly
 * installed.
 */
async function outputOf([program = '', ...parameters]: readonly string[]): Promise<string> {
  const env = { ...harmlessEnvironment(), DEBIAN_FRONTEND: 'noninteractive' }
  const { exitCode, stdout, stderr } = await getExecOutput(program, parameters, {
    env,
    silent: true,
    ignoreReturnCode: true,
  })
  if (exitCode === 0) return stdout
  throw plainFailure(program, stderr, `exited with ${exitCode}`)
}

async function exists(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}
