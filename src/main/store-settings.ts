// From the inputs that describe stores to what the stores themselves take.
import { tmpdir } from 'node:os'
import type { StoreSettings as CommandSettings, World } from '../commands/command.ts'
import { Failure } from '../domain/failure.ts'
import { gitHubContext } from '../github/context.ts'
import type { StoreSettings } from '../stores/open-store.ts'
import { credentialsOfRole } from '../stores/s3/role.ts'
import type { S3World } from '../stores/s3/settings.ts'

/** What a role takes besides its name. */
export interface RoleWorld extends S3World {
  /** GitHub's ID token for an audience; absent outside GitHub Actions. */
  readonly idToken?: World['idToken']
  /** GitHub's id of this run. */
  readonly runId?: string | undefined
}

/**
 * Throws a failure of kind usage for half a pair of keys, a role where there is no ID token, or an encryption that S3 does not
 * know.
 */
export function storeSettings(given: CommandSettings, world: RoleWorld): StoreSettings {
  return {
    region: given.bucketRegion,
    endpoint: given.endpoint,
    credentials: given.role === undefined ? keys(given) : ofRole(given.role, given.bucketRegion, world),
    storageClass: given.storageClass,
    sse: encryption(given.serverSideEncryption),
    maxPartsInFlight: given.partsInFlight,
  }
}

function ofRole(role: string, region: string | undefined, { idToken, runId, ...world }: RoleWorld): StoreSettings['credentials'] {
  if (idToken === undefined) {
    throw new Failure('s3/no-id-token', `aws-role: there is no ID token of GitHub to assume ${role}`, {
      hint: 'In GitHub Actions, give the job permissions: id-token: write. Elsewhere use AWS keys or an AWS profile.',
    })
  }
  return credentialsOfRole({ role, region, idToken, sessionName: `resguardo-${runId ?? 'run'}` }, world)
}

function keys({ accessKeyId, secretAccessKey, sessionToken }: CommandSettings): StoreSettings['credentials'] {
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? 'AWS_ACCESS_KEY_ID' : 'AWS_SECRET_ACCESS_KEY'
    throw new Failure('s3/incomplete-keys', `only one of the two S3 keys is set: ${missing} is missing`, {
      hint: 'Give both keys, or neither to use the credential chain of AWS.',
    })
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) }
}

function encryption(text: string | undefined): StoreSettings['sse'] {
  if (text === undefined) return undefined
  const [, algorithm, keyId] = /^(AES256|aws:kms)(?::(.+))?$/s.exec(text) ?? []
  if (algorithm === 'aws:kms') return { kind: algorithm, ...(keyId === undefined ? {} : { keyId }) }
  if (algorithm === 'AES256' && keyId === undefined) return { kind: algorithm }
  throw new Failure('input/invalid', `--s3-encryption: ${JSON.stringify(text)} is not AES256, aws:kms or aws:kms:KEY-ID`, {
    hint: "AES256 needs no key; aws:kms uses the account's default key unless you name one.",
  })
}

/** What the store artifact: takes, from its inputs and from what the runner says of itself. */
export function artifactSettings(
  { artifactDays, githubToken }: CommandSettings,
  environment: Readonly<Record<string, string | undefined>>,
): StoreSettings {
  const github = gitHubContext(environment)
  return { artifacts: { github, token: githubToken, days: artifactDays, temporary: environment.RUNNER_TEMP || tmpdir() } }
}
