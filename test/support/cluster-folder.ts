// The folder of a throwaway server: made, given to the server's user, and filled by initdb.
import { appendFile, chmod, chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../../src/domain/failure.ts'
import { readTool } from '../../src/streams/child.ts'
import type { ClusterRequest } from './cluster.ts'
import type { SystemUser } from './server-user.ts'

/** The cluster's own folder, private to the server's user, with a `pid` that tells the next run whether it is still needed. */
export async function makeFolder(request: ClusterRequest, user: SystemUser | undefined): Promise<string> {
  await mkdir(request.temporary, { recursive: true })
  const folder = await mkdtemp(join(request.temporary, request.prefix))
  await chmod(folder, 0o700)
  await writeFile(join(folder, 'pid'), `${process.pid}\n`)
  if (user) await chown(folder, user.uid, user.gid)
  return folder
}

/** initdb and the settings. The password never stands in an argument. */
export async function initializeFolder(
  request: ClusterRequest,
  folder: string,
  password: string,
  user: SystemUser | undefined,
): Promise<void> {
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
  const lines = Object.entries(request.settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`)
  await appendFile(join(folder, 'data', 'postgresql.conf'), lines.join(''))
}

/** What a server's tool said, as a failure that names the folder. */
export function unusable(folder: string, tool: string, stderr: string, exit: string): Failure {
  const said = stderr.split('\n').filter(Boolean).slice(-3).join(' · ')
  if (/Permission denied/.test(stderr)) {
    return new Failure('drill/folder-not-accessible', `the scratch server cannot access its folder ${folder}: ${said}`, {
      hint: 'As root it runs as another user: choose a folder with --temporary that every user may enter, such as /tmp.',
    })
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
