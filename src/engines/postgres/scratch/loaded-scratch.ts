// A scratch database that exists: loads the backup, compares it, runs checks. The same for all kinds of scratch.

import type { IsolationUsed } from '../../../domain/drill/isolation.ts'
import { Failure } from '../../../domain/failures/failure.ts'
import type { FailureCode } from '../../../domain/failures/failure-codes.ts'
import type { Difference } from '../../../domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'
import { formatBytes } from '../../../domain/text/quantities.ts'
import type { Scratch, ScratchRequest } from '../../../ports/drill.ts'
import type { PayloadSource } from '../../../ports/platform.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import { compareDatabase } from '../compare/compare.ts'
import { type Address, toUrl } from '../connection/address.ts'
import { loadBackup } from '../load/load.ts'
import type { Loaded } from '../load/request.ts'
import type { ClientTools } from '../tools.ts'
import { type CheckOutcome, checkSql } from './check-sql.ts'
import type { Lacking } from './requirements.ts'
import { isFasterInOneTransaction } from './scratch-settings.ts'

interface ScratchContext {
  readonly request: ScratchRequest
  readonly address: Address
  /** Address of another database on the server, which contains nothing of the backup. */
  readonly maintenance: Address
  readonly tools: ClientTools
  /** Notes about the creation of the database. */
  readonly notes: readonly string[]
  readonly noOwner: boolean
  readonly lacking: Lacking
  /** Bytes that the database will occupy in `temporary`; 0 if it is stored elsewhere. */
  readonly reserve: number
  readonly temporary: string
  readonly display: string
  readonly isolation: IsolationUsed
  /** Sandbox of the tools that load the backup; default: none. */
  readonly sandbox?: Sandbox
  readonly openPort: Scratch['openPort']
  readonly drop: () => Promise<void>
}

export class LoadedScratch implements Scratch {
  readonly #context: ScratchContext
  #loaded: Loaded | undefined

  constructor(context: ScratchContext) {
    this.#context = context
  }

  get url(): string {
    return toUrl(this.#context.address)
  }

  get maintenanceUrl(): string {
    return toUrl(this.#context.maintenance)
  }

  get display(): string {
    return this.#context.display
  }

  get isolation(): IsolationUsed {
    return this.#context.isolation
  }

  async openPort(): Promise<{ readonly url: string; close(): Promise<void> }> {
    return this.#context.openPort()
  }

  async load(
    manifest: PostgresManifest,
    payloads: readonly PayloadSource[],
    onProgress: (bytes: number) => void = () => {},
  ): Promise<readonly string[]> {
    const { request, address, tools, noOwner, lacking, reserve, temporary, notes, sandbox } = this.#context
    if (lacking.failure) throw lacking.failure
    const leaveOutExtensions = lacking.leaveOut
    const { jobs, signal } = request
    this.#loaded = await loadBackup({
      ...{
        address,
        tools,
        manifest,
        payloads,
        jobs,
        signal,
        temporary,
        reserve,
        noOwner,
        leaveOutExtensions,
        onProgress,
      },
      tables: request.tables,
      noTablespaces: true,
      isScratch: true,
      // Only a server of our own has locks for all objects.
      ...(sandbox && { sandbox, oneTransactionFirst: isFasterInOneTransaction(manifest) }),
    }).catch((error) => {
      throw ofScratch(error, this.#context)
    })
    return [...notes, ...this.#loaded.notes]
  }

  async compare(manifest: PostgresManifest, onNote?: (sentence: string) => void): Promise<readonly Difference[]> {
    const { request, address, tools, noOwner, sandbox } = this.#context
    return compareDatabase({
      ...{ address, tools, manifest, noOwner, connections: Math.max(2, request.jobs), signal: request.signal },
      onNote,
      ...this.#loaded,
      ...(sandbox && { sandbox }),
    })
  }

  async checkSql(sql: string): Promise<CheckOutcome> {
    return checkSql(this.#context.address, sql, this.#context.request.signal)
  }

  async drop(): Promise<void> {
    await this.#context.drop()
  }
}

const missingHere: ReadonlySet<FailureCode> = new Set<FailureCode>([
  'restore/missing-extension',
  'restore/missing-library',
])

/** On our own server we are superuser, so a missing privilege is one that code of the backup lacks. */
function ofScratch(error: unknown, context: ScratchContext): unknown {
  if (error instanceof Failure && missingHere.has(error.code))
    return new Failure('drill/missing-extension', `not drilled: ${error.message}`, { hint: error.hint, cause: error })
  if (!(error instanceof Failure) || error.code !== 'postgres/permission-denied' || !context.sandbox)
    return fullDisk(error, context)
  return new Failure('restore/inconsistent-backup', `the backup could not be restored: ${error.message}`, {
    hint: 'An object of the backup needs a privilege that its owner lacks. Correct it in the source and back up again.',
    cause: error,
  })
}

/** Adds the folder and the space needed to the error, because the server reports neither. */
function fullDisk(error: unknown, { request, reserve }: ScratchContext): unknown {
  if (!(error instanceof Failure) || reserve === 0 || error.code !== 'disk/full') return error
  const sentence = `${request.temporary} is full: the scratch server needs about ${formatBytes(reserve)} there, and space for the dump (${error.message})`
  return new Failure('disk/full', sentence, {
    hint: 'Free space, or choose a folder on a larger disk with --temporary.',
    cause: error,
  })
}
