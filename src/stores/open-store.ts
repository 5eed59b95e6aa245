// From the address a user writes to the store it means.
import { fileURLToPath } from 'node:url'
import { Failure } from '../domain/failure.ts'
import type { GitHubContext } from '../github/context.ts'
import type { Clock, Store } from '../operations/ports.ts'
import type { Patience, S3Credentials, S3Encryption } from './s3/settings.ts'

/** Settings that are not part of an address; they count for S3 stores, but for `artifacts`. */
export interface StoreSettings {
  readonly region?: string | undefined
  readonly endpoint?: string | undefined
  readonly credentials?: S3Credentials | (() => Promise<S3Credentials>) | undefined
  readonly storageClass?: string | undefined
  readonly sse?: S3Encryption | undefined
  readonly pathStyle?: boolean | undefined
  readonly maxPartsInFlight?: number | undefined
  readonly patience?: Partial<Patience> | undefined
  readonly artifacts?: ArtifactsSettings | undefined
}

/** What `artifact:` takes; without GitHub's own variables and a token it cannot be opened. */
export interface ArtifactsSettings {
  readonly github: GitHubContext | undefined
  readonly token: string | undefined
  /** Days to keep every artifact; absent: by trigger. */
  readonly days?: number | undefined
  /** Where uploads are staged. */
  readonly temporary: string
}

/** What stores need of the world. `note` is told about retries, in whole sentences. */
export interface StoreWorld {
  readonly clock: Clock
  readonly note?: (sentence: string) => void
}

/**
 * Opens the store at `file:./backups`, `file:///abs`, `./path`, `s3://bucket/prefix` or `artifact:`; its code is loaded only then.
 * Throws a failure of kind usage for an invalid address, also for several in one text. Nothing is connected yet: `check` does that.
 */
export async function openStore(address: string, settings: StoreSettings, world: StoreWorld): Promise<Store> {
  if (isSeveral(address)) throw several(address)
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(address)?.[1]?.toLowerCase()
  if (scheme === undefined) return openDirectory(address, address, world)
  if (scheme === 'file') return openDirectory(filePath(address), address, world)
  if (scheme === 's3') return openBucket(address, settings, world)
  if (scheme === 'artifact') return openArtifacts(address, settings.artifacts, world)
  throw new Failure('store/invalid-address', `unknown store type ${scheme}:`, {
    hint: 'Use file:./backups (or a path), s3://bucket/prefix or artifact:.',
  })
}

async function openDirectory(path: string, address: string, { clock }: StoreWorld): Promise<Store> {
  if (path === '' || path.includes('\0')) throw malformed(address, 'file:./backups')
  const { openDirectoryStore } = await import('./directory/store.ts')
  return openDirectoryStore(path, { address: address.startsWith('file:') ? address : `file:${address}`, now: () => clock.now() })
}

/** `file:./a b` is taken as it stands; `file:///a%20b` is a URL. */
function filePath(address: string): string {
  const path = address.slice('file:'.length)
  if (!path.startsWith('//')) return path
  try {
    return fileURLToPath(address)
  } catch {
    throw malformed(address, 'file:///var/backups or file:./backups')
  }
}

async function openBucket(address: string, settings: StoreSettings, { clock, note }: StoreWorld): Promise<Store> {
  const match = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:\/(.*))?$/i.exec(address)
  const prefix = (match?.[2] ?? '').replace(/\/+$/, '')
  if (!match?.[1] || (prefix !== '' && !isPrefix(prefix))) throw malformed(address, 's3://bucket/prefix')
  checkEndpoint(settings.endpoint)
  const { openS3Store } = await import('./s3/store.ts')
  return openS3Store({ ...settings, bucket: match[1], prefix }, { clock, ...(note && { note }) })
}

/** `artifact:`, or `artifact:backup.yml+drill.yml` for the artifacts of these workflows only. */
async function openArtifacts(
  address: string,
  { github, token, days, temporary }: Partial<ArtifactsSettings> = {},
  { clock, note }: StoreWorld,
): Promise<Store> {
  const files = /^artifact:((?:[\w.-]+\.ya?ml)(?:\+[\w.-]+\.ya?ml)*)?$/i.exec(address)
  if (!files) throw malformed(address, 'artifact: or artifact:backup.yml+drill.yml')
  if (!github || !temporary) {
    throw new Failure('github/no-repository', 'the store artifact: needs the name of a GitHub repository', {
      hint: 'Set GITHUB_REPOSITORY=owner/name; GitHub Actions sets it. You can also download artifacts with `gh run download`.',
    })
  }
  if (token === undefined) {
    throw new Failure('github/no-token', `the store artifact: needs a token for ${github.repository}`, {
      hint: 'Give --github-token (GITHUB_TOKEN) with permission to read Actions, for example $(gh auth token).',
    })
  }
  const { openArtifactStore } = await import('./artifact/store.ts')
  const workflows = files[1]?.split('+') ?? []
  return openArtifactStore({ github, token, days, temporary, workflows }, { clock, ...(note && { note }) })
}

function isPrefix(prefix: string): boolean {
  return prefix.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..') && !/[\\\0?#]/.test(prefix)
}

function checkEndpoint(endpoint: string | undefined): void {
  if (endpoint === undefined) return
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return
  throw new Failure('s3/invalid-endpoint', 'the endpoint is not the URL of an S3 server', {
    hint: 'Write it like https://s3.example.com, without user and password (AWS_S3_ENDPOINT).',
  })
}

/** A comma in the path of a folder is written as %2C in a URL. */
function isSeveral(address: string): boolean {
  return /,|\s(file|s3|artifact):/i.test(address)
}

function several(address: string): Failure {
  return new Failure('store/invalid-address', `${shown(address)} is more than one address of a store`, {
    hint: 'Write one address per line, or give the flag several times. A comma in the name of a folder: file:///srv/a%2Cb.',
  })
}

function malformed(address: string, example: string): Failure {
  return new Failure('store/invalid-address', `${shown(address)} is not the address of a store`, {
    hint: `Write it like ${example}.`,
  })
}

/** An address with @ may hold a password. */
function shown(address: string): string {
  return address.includes('@') ? 'the given text' : JSON.stringify(address)
}
