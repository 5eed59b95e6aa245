// From a command's store inputs to open stores, and to the backup that a command takes from them.
import { resolve } from 'node:path'
import type { Kind } from '../domain/backup.ts'
import { backupNameOf } from '../domain/backup-name.ts'
import { commandLine } from '../domain/command-line.ts'
import { Failure } from '../domain/failure.ts'
import type { Values } from '../inputs/kinds.ts'
import type { selectionInputs, storeInputs } from '../inputs/shared.ts'
import { type BackupChoice, type FindOptions, type Found, findBackup } from '../operations/find-backup.ts'
import type { Store } from '../operations/ports.ts'
import { withSignatures } from '../operations/signatures/with-signatures.ts'
import type { StoreSettings, World } from './command.ts'
import { storeFlags } from './repeated-flags.ts'
import { type SignatureValues, signaturesOf } from './signatures.ts'

export type StoreValues = Values<typeof storeInputs>

/** The addresses a user means: those given, or the directory and, where one is set, the bucket. Each once. */
export function storeAddresses(values: StoreValues): string[] {
  const given = values.store.length > 0 ? values.store : defaultAddresses(values)
  const seen = new Map<string, string>()
  for (const address of given) {
    const place = placeOf(address)
    if (!seen.has(place)) seen.set(place, address)
  }
  return [...seen.values()]
}

function defaultAddresses({ backupDir, s3Bucket }: StoreValues): string[] {
  const directory = `file:${backupDir}`
  if (s3Bucket === undefined) return [directory]
  return [directory, s3Bucket.startsWith('s3://') ? s3Bucket : `s3://${s3Bucket}`]
}

/** Two ways to write one place give the same text. */
function placeOf(address: string): string {
  const path = address.startsWith('file:') ? address.slice('file:'.length) : /^[./]/.test(address) ? address : undefined
  return path === undefined ? address.replace(/\/+$/, '') : `file:${resolve(path)}`
}

/** What is wrong with the store inputs as sentences; for a command's `check`, so that all are reported at once. */
export function checkStores(values: StoreValues): string[] {
  if (!storeAddresses(values).some((address) => /^s3:/i.test(address))) return []
  const { s3AccessKeyId, s3SecretAccessKey, s3SessionToken, awsRole } = values
  if (awsRole !== undefined) return rulesOfRole(awsRole, [s3AccessKeyId, s3SecretAccessKey, s3SessionToken])
  if (s3AccessKeyId !== undefined && s3SecretAccessKey === undefined) {
    return ['--s3-access-key-id needs --s3-secret-access-key']
  }
  if (s3SecretAccessKey !== undefined && s3AccessKeyId === undefined) {
    return ['--s3-secret-access-key needs --s3-access-key-id']
  }
  if (s3SessionToken !== undefined && s3AccessKeyId === undefined) {
    return ['--s3-session-token needs --s3-access-key-id and --s3-secret-access-key']
  }
  return []
}

function rulesOfRole(role: string, keys: readonly (string | undefined)[]): string[] {
  const broken: string[] = []
  if (!/^arn:aws[a-z-]*:iam::\d{12}:role\/\S+$/.test(role)) {
    broken.push(`--aws-role: ${JSON.stringify(role)} is not the ARN of a role, such as arn:aws:iam::123456789012:role/backup`)
  }
  if (keys.some((key) => key !== undefined)) {
    broken.push('--aws-role cannot be used together with --s3-access-key-id, --s3-secret-access-key or --s3-session-token')
  }
  return broken
}

/** What the inputs say to stores. */
export function storeSettings(values: Omit<StoreValues, 'store'>): StoreSettings {
  return {
    ...(values.s3Region !== undefined && { bucketRegion: values.s3Region }),
    ...(values.s3Endpoint !== undefined && { endpoint: values.s3Endpoint }),
    ...(values.s3AccessKeyId !== undefined && { accessKeyId: values.s3AccessKeyId }),
    ...(values.s3SecretAccessKey !== undefined && { secretAccessKey: values.s3SecretAccessKey }),
    ...(values.s3SessionToken !== undefined && { sessionToken: values.s3SessionToken }),
    ...(values.s3StorageClass !== undefined && { storageClass: values.s3StorageClass }),
    ...(values.s3Encryption !== undefined && { serverSideEncryption: values.s3Encryption }),
    ...(values.awsRole !== undefined && { role: values.awsRole }),
    ...(values.artifactDays !== undefined && { artifactDays: values.artifactDays }),
    ...(values.githubToken !== undefined && { githubToken: values.githubToken }),
    partsInFlight: values.s3PartsInFlight,
  }
}

/**
 * Opens every store the inputs name, in their order. Throws a failure of kind usage for the first address or keys that
 * cannot be, and for keys of signatures that cannot be used. Whether a store answers shows when it is used, or by its `check`.
 */
export async function openStores(values: StoreValues & SignatureValues, world: World): Promise<Store[]> {
  return openAddresses(storeAddresses(values), values, world)
}

/** The same for addresses that come from elsewhere; of the store inputs only the settings count. */
export async function openAddresses(
  addresses: readonly string[],
  values: Omit<StoreValues, 'store'> & SignatureValues,
  world: World,
): Promise<Store[]> {
  const settings = storeSettings(values)
  const signatures = await signaturesOf(values, world)
  const stores: Store[] = []
  for (const address of addresses) {
    const store = await world.openStore(address, settings)
    stores.push(signatures ? withSignatures(store, signatures) : store)
  }
  return stores
}

/** A backup, and the first of the stores that holds it. */
export interface FirstFound extends Found {
  /** Every store that holds it, with its entry there; the first is `store`. */
  readonly places: readonly Found[]
}

type SelectionValues = Values<typeof selectionInputs> & { readonly databaseUrl?: string | undefined }

/** The backup that `--backup`, `--kind`, `--at` and `--name` mean. */
export function choiceOf({ backup, at, name, kind, databaseUrl }: SelectionValues, world: World): BackupChoice {
  const usualName = databaseUrl === undefined ? undefined : async () => backupNameOf(await world.databaseNameOf(databaseUrl))
  return { backup, at, name, kind, usualName }
}

type BucketValues = Pick<StoreValues, 's3Endpoint' | 's3Region'>

/** `findBackup`, whose failure in stores without any backup names the command that makes the first. */
export async function findIn(
  stores: readonly Store[],
  choice: BackupChoice,
  options: FindOptions,
  values: BucketValues,
): Promise<[Found, ...Found[]]> {
  return findBackup(stores, choice, options).catch((error: unknown) => {
    const addresses = stores.map(({ address }) => address)
    throw error instanceof Failure && error.code === 'backup/none' ? withFirstBackup(error, addresses, values, choice) : error
  })
}

/** The failure, with the command that makes the first backup as its hint, unless it has a hint. */
export function withFirstBackup(
  failure: Failure,
  addresses: readonly string[],
  values: BucketValues,
  { kind, name }: Pick<BackupChoice, 'kind' | 'name'>,
): Failure {
  if (failure.hint !== undefined) return failure
  const words = kind === 'redis' ? ['backup', 'redis'] : ['backup']
  const first = commandLine(words, { name, ...storeFlags(values, addresses) })
  return failure.restate(failure.message, `Check the address. To make the first backup: ${first}`)
}

/**
 * The backup that `choiceOf` says, from the first store that holds it. A store that is down is a
 * warning as long as another one answers; doubts about the backup (suspect, failed drill) are warnings too.
 */
export async function openFirstStoreWith(
  values: StoreValues & Omit<SelectionValues, 'kind'>,
  world: World,
  kind: Kind | undefined,
  holding?: string,
): Promise<FirstFound> {
  const { reporter, signal, clock } = world
  const stores = await openStores(values, world)
  const places = await findIn(
    stores,
    { ...choiceOf({ ...values, kind }, world), holding },
    { reporter, signal, now: clock.now(), tolerant: true },
    values,
  )
  return { ...places[0], places }
}
