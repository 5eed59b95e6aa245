// Pull requests with migrations on the simulated GitHub, and the runs of the workflow "Migration backup" for them.
import { gateContext } from '../../src/domain/gate/gate-status.ts'
import { jobOf, runOf } from '../simulator/find.ts'
import type { PullRequest } from '../simulator/repository.ts'
import type { JobResult, RunResult } from '../simulator/results.ts'
import type { Simulator } from '../simulator/simulator.ts'
import { type OurGitHub, ourGitHub } from './our-workflows.ts'
import { idText } from './sample-backups.ts'

/** The label with which a maintainer allows a backup for a fork. */
export const label = 'resguardo: back up'

/** A green status of the gate, whose backup was good until a time in the past. */
export const endedStatus = {
  state: 'success',
  context: gateContext,
  description: `${idText('2026-01-01T00:00:00Z')}, good until 2026-01-01T01:00Z`,
  target_url: null,
  created_at: '',
  creator: { login: 'x' },
}

/** The simulated GitHub, with a repository that has one migration already. The caller must close it. */
export async function gitHubWithMigration(): Promise<OurGitHub & AsyncDisposable> {
  const files = { 'prisma/migrations/20260101000000_start/migration.sql': 'SELECT 1;\n' }
  const github = await ourGitHub({ files })
  return { ...github, [Symbol.asyncDispose]: () => github.close() }
}

/** The secrets of the repository, with this database as the production database. */
export const secretsOf = ({ s3 }: OurGitHub, url: string) => ({
  DATABASE_URL: url,
  AWS_ACCESS_KEY_ID: s3.accessKey,
  AWS_SECRET_ACCESS_KEY: s3.secretKey,
})

/** The files of a change that adds one migration. */
export const migration = (name: string) => ({
  [`prisma/migrations/20261124000000_${name}/migration.sql`]: 'ALTER TABLE "Product" ADD x int;\n',
})

/** A workflow of an attacker, in place of ours, that prints a secret. */
export const stealingWorkflow = `name: Migration gate
on: pull_request
permissions: {}
jobs:
  request:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - env: { SECRET: '\${{ secrets.DATABASE_URL }}' }
        run: echo "stolen=$SECRET"
`

/** What ran for a pull request. */
export interface Asked {
  readonly runs: readonly RunResult[]
  /** The jobs of "Migration backup". */
  readonly examine: JobResult
  readonly backup: JobResult
  readonly postStatus: JobResult
  readonly sha: string
}

/** The pull requests of one repository. Each has its own number and branch. */
export class Proposals {
  readonly #github: OurGitHub
  #last = 0

  constructor(github: OurGitHub) {
    this.#github = github
  }

  nextNumber(): number {
    this.#last += 1
    return this.#last
  }

  /** Commits changes to a new branch. Returns a pull request of that branch, which is not open yet. */
  async make(changes: Record<string, string | null>, more: Partial<PullRequest> = {}): Promise<PullRequest> {
    const number = this.nextNumber()
    const branch = `change-${number}`
    await (more.from ?? this.#github.repository).commit(changes, { branch })
    return { number, head: branch, ...more }
  }

  /** Opens a pull request, and waits for its runs. */
  async open(pull: PullRequest, action = 'opened', simulator: Simulator = this.#github.simulator): Promise<Asked> {
    const runs = await simulator.trigger({
      event: 'pull_request',
      action,
      pull,
      ...(action === 'labeled' && { label }),
    })
    const { head } = await this.#github.repository.refsOf(pull)
    const run = runOf(runs, 'migration-backup.yml')
    const [examine, backup, postStatus] = [jobOf(run, 'examine'), jobOf(run, 'backup'), jobOf(run, 'post-status')]
    return { runs, examine, backup, postStatus, sha: head }
  }
}
