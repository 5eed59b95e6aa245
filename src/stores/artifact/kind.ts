// Stores in GitHub's artifacts: `artifact:`, or `artifact:backup.yml+drill.yml` for the artifacts of these workflows
// only.
import { tmpdir } from 'node:os'
import { Failure } from '../../domain/failures/failure.ts'
import { invalidAddress } from '../../domain/failures/invalid-address.ts'
import { inputTable } from '../../inputs/kinds.ts'
import { githubInputs } from '../../inputs/shared.ts'
import type { StoreKind } from '../../ports/store.ts'

const inputs = inputTable({
  'artifact-days': {
    kind: 'count',
    summary:
      'Number of days that GitHub keeps artifacts (store artifact:); default: 30 for scheduled, 90 for pre-migration and manual, 7 for safety backups',
    least: 1,
    most: 400,
    group: 'Stores',
    placeholder: 'DAYS',
  },
  ...githubInputs,
})

export const artifact: StoreKind<typeof inputs> = {
  scheme: 'artifact',
  example: 'artifact:',
  place: 'expiring',
  inputs,
  download: (address, prefix) => `# fetch the files of ${prefix} from ${address}`,
  async open(address, { artifactDays: days, githubToken: token }, world) {
    const files = /^artifact:((?:[\w.-]+\.ya?ml)(?:\+[\w.-]+\.ya?ml)*)?$/i.exec(address)
    if (!files) throw invalidAddress(address, 'Write it like artifact: or artifact:backup.yml+drill.yml.')
    const { gitHubContext } = await import('../../github/context.ts')
    const github = gitHubContext(world.environment)
    if (!github) {
      throw new Failure('github/no-repository', 'the store artifact: needs the name of a GitHub repository', {
        hint: 'Set GITHUB_REPOSITORY=owner/name; GitHub Actions sets it. You can also download artifacts with `gh run download`.',
      })
    }
    if (token === undefined) {
      throw new Failure('github/no-token', `the store artifact: needs a token for ${github.repository}`, {
        hint: 'Give --github-token (GITHUB_TOKEN) with permission to read Actions, for example $(gh auth token).',
      })
    }
    const { openArtifactStore } = await import('./store.ts')
    const temporary = world.environment.RUNNER_TEMP || tmpdir()
    return openArtifactStore({ github, token, days, temporary, workflows: files[1]?.split('+') ?? [] }, world)
  },
}
