// AWS credentials from GitHub's ID token (STS AssumeRoleWithWebIdentity), renewed before they expire.

import { Failure } from '../../domain/failures/failure.ts'
import { Outage } from '../../domain/failures/outage.ts'
import type { StoreTools } from '../../ports/store.ts'
import { requestHandler } from './agents.ts'
import { isPassing, s3Code, s3Failure } from './errors.ts'
import { defaultPatience, type RetryPolicy, type S3Credentials } from './settings.ts'

export interface RoleSettings {
  /** ARN of the role. */
  readonly role: string
  /** Region of STS; default: us-east-1. */
  readonly region?: string | undefined
  /** The name of this run in AWS's records: 2 to 64 letters, digits and `+=,.@-_`. */
  readonly sessionName: string
  /** Returns a new ID token (a JWT) for an audience. GitHub's tokens are valid for ten minutes. */
  readonly idToken: (audience: string) => Promise<string>
  readonly patience?: Partial<RetryPolicy> | undefined
}

const audience = 'sts.amazonaws.com'

/**
 * Returns a function that assumes the role with a new ID token at each call. The SDK calls it for the first request,
 * and again when the credentials expire within five minutes. It throws a failure of kind unreachable if AWS or GitHub
 * refuses.
 */
export function credentialsOfRole(settings: RoleSettings, world: StoreTools): () => Promise<S3Credentials> {
  const patience = { ...defaultPatience, ...settings.patience }
  return async () => {
    const outage = new Outage(patience)
    for (;;) {
      const token = await freshToken(settings)
      const began = world.clock.seconds()
      try {
        return await assumeRole(settings, token, patience)
      } catch (thrown) {
        const failure = roleFailure(thrown, settings.role, token)
        const delay = mayPass(thrown) ? outage.next(world.clock.seconds() - began, Math.random()) : undefined
        if (delay === undefined) throw failure
        world.note?.(`${failure.message}; trying again in ${delay.toFixed(1)} s`)
        await world.clock.sleep(delay)
      }
    }
  }
}

async function freshToken({ idToken }: RoleSettings): Promise<string> {
  try {
    return await idToken(audience)
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown
    throw new Failure('s3/role-refused', 'GitHub returned no ID token', {
      hint: 'The job needs permissions: id-token: write (docs/aws.md). If it has it, see https://www.githubstatus.com.',
      cause: thrown,
    })
  }
}

async function assumeRole(
  { role, region, sessionName }: RoleSettings,
  token: string,
  patience: RetryPolicy,
): Promise<S3Credentials> {
  const { fromWebToken } = await import('@aws-sdk/credential-providers')
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await fromWebToken({
    roleArn: role,
    roleSessionName: sessionName,
    webIdentityToken: token,
    clientConfig: {
      region: region ?? 'us-east-1',
      maxAttempts: 1,
      requestHandler: requestHandler(patience),
    },
  })()
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }), ...(expiration && { expiration }) }
}

function mayPass(thrown: unknown): boolean {
  return isPassing(thrown) || /^(IDPCommunicationError|Throttling)/.test(nameOf(thrown))
}

const trust = 'Compare the trust policy of the role with docs/aws.md'

/** Failures of STS, by the beginning of the name of its error. */
const rows: readonly (readonly [name: string, says: string, hint: string])[] = [
  [
    'AccessDenied',
    'AWS does not permit this run to assume the role',
    `${trust}: its condition on "sub" must match that of this run exactly.`,
  ],
  [
    'InvalidIdentityToken',
    'AWS does not accept the ID token',
    `${trust}: the account needs GitHub's identity provider, token.actions.githubusercontent.com, with the audience sts.amazonaws.com.`,
  ],
  [
    'ExpiredToken',
    'the ID token has expired',
    'The token was new, so a clock is wrong. On a self-hosted runner, correct the clock of the machine; then run again.',
  ],
  ['IDPRejectedClaim', "AWS does not accept the ID token's claims", `${trust}.`],
  [
    'IDPCommunicationError',
    'AWS could not verify the ID token with GitHub',
    'The request was repeated several times. Try again later.',
  ],
  [
    'RegionDisabled',
    'STS is turned off in this region',
    'Set another region (AWS_S3_REGION), or turn STS on there in IAM.',
  ],
]

function roleFailure(thrown: unknown, role: string, token: string): Failure {
  const name = nameOf(thrown)
  const row = rows.find(([start]) => name.startsWith(start))
  if (!row) return s3Failure(thrown, `assume the role ${role}`)
  const [, says, hint] = row
  return new Failure('s3/role-refused', `could not assume the role ${role}: ${says}${subjectOf(token)}`, {
    hint,
    cause: thrown,
  })
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error && thrown.name !== 'Error' ? thrown.name : s3Code(thrown)
}

/** The subject of the ID token. It is not secret, and the trust policy must name it. */
function subjectOf(token: string): string {
  try {
    const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub?: unknown }
    return typeof sub === 'string' ? ` ("sub" of its ID token is ${sub})` : ''
  } catch {
    return ''
  }
}
