// The S3 server that all service tests of a run share, started by the first test file that needs it.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { namedAccess, type S3Access, type S3Server, s3ServerAt, startCeph } from './s3-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folder that the test files of the run share, and the ID of the process with which the server ends. */
    shared: { folder: string; watched: number }
  }
}

/** The shared server. `stop` does not stop it: the run's teardown (service-setup.ts) does. */
export async function sharedS3Server(): Promise<S3Server> {
  return s3ServerAt(namedAccess() ?? (await sharedAccess()), namedAccess() ? undefined : async () => undefined)
}

async function sharedAccess(): Promise<S3Access> {
  const { folder, watched } = inject('shared')
  const answer = join(folder, 's3.json')
  try {
    writeFileSync(join(folder, 's3.starting'), '', { flag: 'wx' })
  } catch {
    return waitFor(answer)
  }
  const told: { access?: S3Access; error?: string } = await startCeph(join(folder, 'ceph'), watched).then(
    (access) => ({ access }),
    (error: unknown) => ({ error: String(error) }),
  )
  writeFileSync(`${answer}.part`, JSON.stringify(told))
  renameSync(`${answer}.part`, answer)
  return waitFor(answer)
}

async function waitFor(answer: string): Promise<S3Access> {
  for (let waited = 0; !existsSync(answer); waited += 0.1) {
    if (waited > 180) throw new Error('the S3 test server did not start within 180 s')
    await sleep(100)
  }
  const told = JSON.parse(readFileSync(answer, 'utf8')) as { access?: S3Access; error?: string }
  if (!told.access) throw new Error(told.error)
  return told.access
}
