// The test environment and the workspace of a round: servers, paths and addresses.
import { join } from 'node:path'
import type { TestPostgres } from '../support/postgres-server.ts'
import type { TestRedis } from '../support/redis.ts'
import type { S3Server } from '../support/s3-server.ts'
import type { TestKey } from '../support/signing.ts'
import type { AgingProxy } from './aging-proxy.ts'

export interface TestEnvironment {
  readonly folder: string
  readonly server: TestPostgres
  readonly redis: TestRedis
  readonly s3: S3Server
  readonly bucket: string
  readonly proxy: AgingProxy
  readonly key: TestKey
  /** A tenant of the platform that lost rows since the backups. */
  readonly tenant: string
  /** A git repository whose last commit adds a migration. */
  readonly checkout: string
  stop(): Promise<void>
}

/** Paths and addresses of a round. */
export interface Workspace {
  readonly environment: TestEnvironment
  readonly folder: string
  /** A copy of the built command line, because dist/ may be rebuilt during a long soak. */
  readonly program: string
  /** The directory store. */
  readonly store: string
  /** The prefix of the bucket, with a slash at its end. */
  readonly prefix: string
  readonly temporary: string
  readonly variables: Readonly<Record<string, string>>
}

/** The paths and variables of a round whose files are in `folder`. */
export function workspaceIn(environment: TestEnvironment, folder: string): Workspace {
  return {
    ...{
      environment,
      folder,
      program: join(environment.folder, 'program/dist/cli.js'),
      prefix: 'round/',
      store: join(folder, 'backups'),
      temporary: join(folder, 'tmp'),
    },
    variables: {
      PATH: process.env.PATH ?? '',
      LANG: 'C.UTF-8',
      HOME: join(folder, 'home'),
      TMPDIR: join(folder, 'tmp'),
      DATABASE_URL: environment.server.url('shop'),
      REDIS_URL: environment.redis.url,
      BACKUP_DIR: join(folder, 'backups'),
      AWS_S3_ENDPOINT: environment.s3.endpoint,
      AWS_S3_REGION: environment.s3.region,
      AWS_ACCESS_KEY_ID: environment.s3.accessKey,
      AWS_SECRET_ACCESS_KEY: environment.s3.secretKey,
    },
  }
}
