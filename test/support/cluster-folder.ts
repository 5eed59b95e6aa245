// Creates the folder of a temporary server, owned by the server's user, and fills it by initdb or from a template.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { appendFile, chmod, chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../src/domain/failures/failure.ts'
import { readTool } from '../../src/streams/processes/read-tool.ts'
import type { ClusterRequest } from './cluster-request.ts'
import type { SystemUser } from './server-user.ts'

/** Creates the cluster's folder, private to the server's user. Its file `pid` contains the ID of this process. */
export async function makeFolder(request: ClusterRequest, user: SystemUser | undefined): Promise<string> {
  await mkdir(request.temporary, { recursive: true })
  const folder = await mkdtemp(join(request.temporary, request.prefix))
  await chmod(folder, 0o700)
  await writeFile(join(folder, 'pid'), `${process.pid}\n`)
  if (user) await chown(folder, user.uid, user.gid)
  return folder
}

/** Fills the folder from the template or by initdb, and appends the settings. Returns the password of `postgres`. */
export async function initializeFolder(
  request: ClusterRequest,
  folder: string,
  user: SystemUser | undefined,
): Promise<string> {
  const password = (await copyTemplate(request, folder)) ?? (await initialize(request, folder, user))
  const lines = Object.entries(request.settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
  await appendFile(join(folder, 'data', 'postgresql.conf'), lines.join(''))
  return password
}

/** Passes the password in a file, never as an argument. */
async function initialize(request: ClusterRequest, folder: string, user: SystemUser | undefined): Promise<string> {
  const password = randomBytes(18).toString('base64url')
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (user) await chown(passwordFile, user.uid, user.gid)
  await readTool({
    command: join(request.tools.folder, 'initdb'),
    arguments: [
      ...['-D', join(folder, 'data'), '-U', 'postgres', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
      ...['--auth=scram-sha-256', `--pwfile=${passwordFile}`],
    ],
    directory: '/',
    ...(user && { user }),
    ...(request.signal && { signal: request.signal }),
    explain: (stderr, exit) => unusable(folder, 'initdb', stderr, exit),
  })
  await rm(passwordFile)
  const template = templateOf(request)
  if (template) await keepTemplate(template, folder, password)
  return password
}

/** Folder of a version's template: a data folder as initdb left it, and its password. */
function templateOf({ templates, tools }: ClusterRequest): string | undefined {
  return templates === undefined ? undefined : join(templates, `cluster-${tools.version}`)
}

/** Returns the password, or undefined if there is no template yet. */
async function copyTemplate(request: ClusterRequest, folder: string): Promise<string | undefined> {
  const template = templateOf(request)
  if (template === undefined || !existsSync(template)) return undefined
  await copy(join(template, 'data'), join(folder, 'data'))
  return readFile(join(template, 'password'), 'utf8')
}

/** If two processes do this at once, the second rename fails and its copy is removed. */
async function keepTemplate(template: string, folder: string, password: string): Promise<void> {
  const made = await mkdtemp(`${template}-`)
  await copy(join(folder, 'data'), join(made, 'data'))
  await writeFile(join(made, 'password'), password)
  await rename(made, template).catch(() => rm(made, { recursive: true, force: true }))
}

async function copy(from: string, to: string): Promise<void> {
  await readTool({ command: 'cp', arguments: ['-a', '--reflink=auto', from, to] })
}

/** Converts a server tool's stderr to a failure that names the folder. */
export function unusable(folder: string, tool: string, stderr: string, exit: string): Failure {
  const said = stderr.split('\n').filter(Boolean).slice(-3).join(' · ')
  if (/Permission denied/.test(stderr)) {
    return new Failure(
      'drill/folder-not-accessible',
      `the scratch server cannot access its folder ${folder}: ${said}`,
      {
        hint: 'As root it runs as another user: choose a folder with --temporary that every user may enter, such as /tmp.',
      },
    )
  }
  if (/No space left/.test(stderr)) {
    return new Failure('disk/full', `the disk of ${folder} is full: ${said}`, {
      hint: 'Free space, or choose another folder with --temporary.',
    })
  }
  return new Failure('drill/server-failed', `${tool} ${exit} while creating a scratch server in ${folder}: ${said}`, {
    hint: 'Read the message, or use your own server with --scratch-url.',
  })
}
