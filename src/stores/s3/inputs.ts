// The inputs of an S3 store and their rules.
import { inputTable, type Values } from '../../inputs/kinds.ts'
import { defaultPartsInFlight } from './settings.ts'

export const s3Inputs = inputTable({
  's3-bucket': {
    kind: 'text',
    summary: 'Bucket to use in addition to the directory if no store is named',
    environment: ['AWS_S3_BUCKET'],
    group: 'Stores',
    placeholder: 'BUCKET',
  },
  's3-region': {
    kind: 'text',
    summary: 'Region of the bucket',
    environment: ['AWS_S3_REGION', 'AWS_REGION'],
    repeated: true,
    group: 'Stores',
    placeholder: 'REGION',
  },
  's3-endpoint': {
    kind: 'text',
    summary: 'Endpoint of an S3-compatible store',
    environment: ['AWS_S3_ENDPOINT'],
    repeated: true,
    group: 'Stores',
    placeholder: 'URL',
  },
  's3-access-key-id': {
    kind: 'secret',
    summary: 'Access key ID; default: the credential chain of AWS',
    environment: ['AWS_ACCESS_KEY_ID'],
    group: 'Stores',
  },
  's3-secret-access-key': {
    kind: 'secret',
    summary: 'Secret access key',
    environment: ['AWS_SECRET_ACCESS_KEY'],
    group: 'Stores',
  },
  's3-session-token': {
    kind: 'secret',
    summary: 'Session token of temporary credentials',
    environment: ['AWS_SESSION_TOKEN'],
    group: 'Stores',
  },
  'aws-role': {
    kind: 'text',
    summary:
      "ARN of an AWS role to assume with GitHub's ID token, instead of keys (needs permissions: id-token: write)",
    group: 'Stores',
    placeholder: 'ARN',
  },
  's3-storage-class': {
    kind: 'text',
    summary: 'Storage class of new objects, such as STANDARD_IA',
    group: 'Stores',
    placeholder: 'CLASS',
  },
  's3-encryption': {
    kind: 'text',
    summary: 'Server-side encryption: AES256, aws:kms or aws:kms:KEY-ID',
    group: 'Stores',
    placeholder: 'METHOD',
  },
  's3-parts-in-flight': {
    kind: 'count',
    summary: 'Number of parts to upload at once; each takes memory of one part size',
    fallback: defaultPartsInFlight,
    least: 1,
    most: 16,
    group: 'Stores',
  },
})

/** Returns messages about invalid values and combinations. */
export function checkS3Inputs(values: Values<typeof s3Inputs>): string[] {
  const { s3AccessKeyId: id, s3SecretAccessKey: key, s3SessionToken: token, s3Encryption: encryption, awsRole } = values
  const broken = awsRole !== undefined ? rulesOfRole(awsRole, [id, key, token]) : rulesOfKeys(id, key, token)
  if (encryption === undefined || /^(AES256|aws:kms(:.+)?)$/s.test(encryption)) return broken
  return [...broken, `--s3-encryption: ${JSON.stringify(encryption)} is not AES256, aws:kms or aws:kms:KEY-ID`]
}

function rulesOfKeys(id: string | undefined, key: string | undefined, token: string | undefined): string[] {
  if (id !== undefined && key === undefined) return ['--s3-access-key-id needs --s3-secret-access-key']
  if (key !== undefined && id === undefined) return ['--s3-secret-access-key needs --s3-access-key-id']
  return token === undefined || id !== undefined
    ? []
    : ['--s3-session-token needs --s3-access-key-id and --s3-secret-access-key']
}

function rulesOfRole(role: string, keys: readonly (string | undefined)[]): string[] {
  const broken: string[] = []
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/.test(role)) {
    broken.push(
      `--aws-role: ${JSON.stringify(role)} is not the ARN of a role, such as arn:aws:iam::123456789012:role/backup`,
    )
  }
  if (keys.some((key) => key !== undefined)) {
    broken.push(
      '--aws-role cannot be used together with --s3-access-key-id, --s3-secret-access-key or --s3-session-token',
    )
  }
  return broken
}
