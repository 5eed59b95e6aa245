// A real S3 server for tests: Ceph's radosgw in a temporary folder, or a server that the environment names.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as sdk from '@aws-sdk/client-s3'
import { S3Client } from '@aws-sdk/client-s3'
import { freePort } from './free-port.ts'

/** How to reach a server. */
export interface S3Access {
  readonly endpoint: string
  readonly region: string
  readonly accessKey: string
  readonly secretKey: string
}

export interface S3Server extends S3Access {
  /** A client of its own, for looking behind the back of what is tested. */
  readonly client: S3Client
  /** Makes a bucket with a name nobody uses (or the given one) and returns its name. */
  makeBucket(name?: string, options?: { objectLock?: boolean }): Promise<string>
  /** Ids of multipart uploads that were begun and neither completed nor aborted. */
  openUploads(bucket: string): Promise<string[]>
  /** Removes the buckets made here where the server lives on, and stops it where it is our own. */
  stop(): Promise<void>
}

/** The server that TEST_S3_ENDPOINT names, or undefined. */
export function namedAccess(env: NodeJS.ProcessEnv = process.env): S3Access | undefined {
  const endpoint = env.TEST_S3_ENDPOINT
  if (!endpoint) return undefined
  const { TEST_S3_ACCESS_KEY_ID: accessKey, TEST_S3_SECRET_ACCESS_KEY: secretKey } = env
  if (!accessKey || !secretKey)
    throw new Error('TEST_S3_ENDPOINT needs TEST_S3_ACCESS_KEY_ID and TEST_S3_SECRET_ACCESS_KEY')
  return { endpoint, accessKey, secretKey, region: env.TEST_S3_REGION || 'us-east-1' }
}

/** Starts a server (12 to 18 s), or uses the one that the environment names. Stops with this process at the latest. */
export async function startS3Server(): Promise<S3Server> {
  const named = namedAccess()
  if (named) return s3ServerAt(named)
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-s3-'))
  const access = await startCeph(join(folder, 'ceph'), process.pid)
  return s3ServerAt(access, async () => {
    await stopCeph(join(folder, 'ceph'))
    await removeFolder(folder)
  })
}

/** Starts Ceph in a folder that must not exist yet; it ends by itself when the process `watched` is gone. */
export async function startCeph(folder: string, watched: number): Promise<S3Access> {
  const ports = [await freePort(), await freePort()]
  const script = fileURLToPath(new URL('start-ceph.sh', import.meta.url))
  const child = spawn('bash', [script, folder, ...ports.map(String), String(watched)], {
    detached: true,
    stdio: 'ignore',
  })
  let ended: string | undefined
  child.once('error', (error) => {
    ended = error.message
  })
  child.once('exit', (code, signal) => {
    ended ??= `ended with ${code ?? signal}`
  })
  child.unref()
  for (let waited = 0; !existsSync(join(folder, 'ready')); waited += 0.1) {
    if (waited > 120) ended ??= 'not ready after 120 s'
    if (ended !== undefined) throw new Error(await whyNot(folder, ended))
    await sleep(100)
  }
  return {
    endpoint: `http://127.0.0.1:${ports[0]}`,
    region: 'us-east-1',
    accessKey: 'TESTKEY',
    secretKey: 'TESTSECRET',
  }
}

async function whyNot(folder: string, ended: string): Promise<string> {
  const told = existsSync(join(folder, 'failed')) ? readFileSync(join(folder, 'failed'), 'utf8') : ended
  await stopCeph(folder)
  return `The S3 test server did not start: ${told}\nInstall it: apt-get install radosgw ceph-mon ceph-osd. Or set TEST_S3_ENDPOINT.`
}

/** Stops what `startCeph` started in this folder and waits until it is gone; nothing there is fine. */
export async function stopCeph(folder: string): Promise<void> {
  const pid = existsSync(join(folder, 'pid')) ? Number(readFileSync(join(folder, 'pid'), 'utf8')) : undefined
  // It removes the folder last. Its pid would tell less: where nobody waits for orphans, a dead one keeps it.
  for (let tries = 0; pid && existsSync(folder) && tries < 600; tries += 1) {
    try {
      if (tries === 0) process.kill(pid, 'SIGTERM')
    } catch {
      break
    }
    await sleep(100)
  }
  await removeFolder(folder)
}

/** Removes a folder to which a server that is ending may still write. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 })
}

/** Joins a running server. `stop` removes the buckets made here, unless `stopServer` does away with everything. */
export function s3ServerAt(access: S3Access, stopServer?: () => Promise<void>): S3Server {
  const client = new S3Client({
    endpoint: access.endpoint,
    region: access.region,
    credentials: { accessKeyId: access.accessKey, secretAccessKey: access.secretKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const made: string[] = []
  return {
    ...access,
    client,
    async makeBucket(name = `resguardo-test-${randomBytes(6).toString('hex')}`, { objectLock = false } = {}) {
      await client.send(
        new sdk.CreateBucketCommand({ Bucket: name, ...(objectLock && { ObjectLockEnabledForBucket: true }) }),
      )
      made.push(name)
      return name
    },
    async openUploads(bucket) {
      const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket }))
      return Uploads.map(({ UploadId }) => UploadId ?? '')
    },
    async stop() {
      if (stopServer) await stopServer()
      else for (const bucket of made.splice(0)) await removeBucket(client, bucket)
      client.destroy()
    },
  }
}

/** Best effort: a locked object stays until its time. */
async function removeBucket(client: S3Client, Bucket: string): Promise<void> {
  try {
    for (;;) {
      const { Versions = [], DeleteMarkers = [] } = await client.send(new sdk.ListObjectVersionsCommand({ Bucket }))
      const all = [...Versions, ...DeleteMarkers]
      if (all.length === 0) break
      for (const { Key, VersionId } of all) {
        await client.send(new sdk.DeleteObjectCommand({ Bucket, Key, VersionId, BypassGovernanceRetention: true }))
      }
    }
    await client.send(new sdk.DeleteBucketCommand({ Bucket }))
  } catch {
    // A throwaway bucket that cannot be removed does not make a test fail.
  }
}
