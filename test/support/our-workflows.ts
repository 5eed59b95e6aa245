// This repository on the simulated GitHub, with a real database, a real bucket and the built dist/.
import { makeSamplePlatform } from '../../scripts/sample-platform.ts'
import type { Store } from '../../src/ports/common.ts'
import { openS3Store } from '../../src/stores/s3/store.ts'
import { checkout, setupNode } from '../simulator/fake-actions.ts'
import { GitHubApi } from '../simulator/github-api.ts'
import { type Files, type Repository, repositoryOf } from '../simulator/repository.ts'
import { type ResultsService, startResultsService } from '../simulator/results/results-service.ts'
import { Simulator } from '../simulator/simulator.ts'
import type { Environment, SimulatorOptions } from '../simulator/world.ts'
import { startPostgres, type TestPostgres } from './postgres-server.ts'
import { realClock } from './real-clock.ts'
import type { S3Server } from './s3-server.ts'
import { sharedS3Server } from './shared-s3-server.ts'

export interface OurGitHub {
  readonly postgres: TestPostgres
  readonly s3: S3Server
  readonly repository: Repository
  readonly api: GitHubApi
  /** Results service that the store `artifact:` uses. */
  readonly results: ResultsService
  readonly simulator: Simulator
  /** The production database, named `shop`. */
  readonly url: string
  /** The bucket's store address, as in RESGUARDO_STORES. */
  readonly store: string
  readonly bucket: Store
  /** The variables of the repository's settings. */
  readonly vars: Readonly<Record<string, string>>
  /** Every key in the store. */
  keys(): Promise<string[]>
  /** Removes an object directly from the bucket. */
  remove(key: string): Promise<void>
  /** Opens another simulator of the same repository and servers; `close` closes it as well. */
  also(options: Partial<SimulatorOptions>): Promise<Simulator>
  close(): Promise<void>
}

interface OurGitHubOptions {
  /** Files of the repository in addition to ours. */
  readonly files?: Files
  readonly vars?: Readonly<Record<string, string>>
  readonly environments?: Readonly<Record<string, Environment>>
  readonly isPrivate?: boolean
}

const ours = ['ci', 'release', 'selftest']
/** Paths that workflows need: actions and built files. */
const paths = ['.github', 'action.yml', 'actions', 'dist', 'package.json']

/** Takes about 15 seconds. The caller must call `close`. */
export async function ourGitHub({
  files = {},
  vars = {},
  environments = {},
  isPrivate = true,
}: OurGitHubOptions = {}): Promise<OurGitHub> {
  const [postgres, s3, repository, results] = await Promise.all([
    startPostgres(),
    sharedS3Server(),
    repositoryOf('.', files, { isPrivate, paths }),
    startResultsService(),
  ])
  // A user's repository does not contain our own CI workflows.
  await repository.commit(Object.fromEntries(ours.map((name) => [`.github/workflows/${name}.yml`, null])))
  const url = await postgres.createDatabase('shop')
  await makeSamplePlatform(url, { megabytes: 1, tenants: 3 })
  const bucketName = await s3.makeBucket()
  const store = `s3://${bucketName}/resguardo`
  const api = await GitHubApi.start(repository, results)
  const known = { RESGUARDO_STORES: store, AWS_S3_REGION: 'us-east-1', AWS_S3_ENDPOINT: s3.endpoint, ...vars }
  const simulators: Simulator[] = []
  const also = async (options: Partial<SimulatorOptions> = {}): Promise<Simulator> => {
    const simulator = await Simulator.open({
      repository,
      api,
      actions: { 'actions/checkout': checkout(), 'actions/setup-node': setupNode },
      secrets: { DATABASE_URL: url, AWS_ACCESS_KEY_ID: s3.accessKey, AWS_SECRET_ACCESS_KEY: s3.secretKey },
      vars: known,
      environments,
      resultsUrl: results.url,
      ...options,
    })
    simulators.push(simulator)
    return simulator
  }
  const credentials = { accessKeyId: s3.accessKey, secretAccessKey: s3.secretKey }
  const bucket = openS3Store(
    { bucket: bucketName, prefix: 'resguardo', region: 'us-east-1', endpoint: s3.endpoint, credentials },
    { clock: realClock },
  )
  return {
    ...{ postgres, s3, repository, api, results, url, store, bucket, vars: known, also },
    keys: async () => (await Array.fromAsync(bucket.list(''))).map(({ key }) => key),
    remove: async (key) => void (await Array.fromAsync(bucket.remove([key]))),
    simulator: await also(),
    async close() {
      for (const simulator of simulators) await simulator.close()
      await api.close()
      await results.close()
      await repository.remove()
      await postgres.stop()
    },
  }
}
