// A running dump: pg_dump in the held snapshot, with its output read by the archive reader and rows counted in
// parallel.

import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { asFailure, type Failure } from '../../../domain/failures/failure.ts'
import type { Fingerprint, OperatorUses } from '../../../domain/fingerprint/fingerprint.ts'
import type { DatabaseFacts, DumpFacts } from '../../../domain/manifest/manifest.ts'
import type { DumpOptions, DumpPayload, DumpRequest, PlatformDump } from '../../../ports/platform.ts'
import { makeOwnFolder, removeOwnFolder } from '../../../streams/files/leftovers.ts'
import { type Child, type ChildRequest, feed, preventAutoResume, startChild } from '../../../streams/processes/child.ts'
import { dumpEncoding } from '../archive/encoding.ts'
import type { ArchiveFingerprint } from '../archive/fingerprint.ts'
import { ArchiveTap } from '../archive/tap.ts'
import { type Address, connectionWithoutSecrets, toolEnvironment } from '../connection/address.ts'
import { explainPostgres, explainTool } from '../connection/errors.ts'
import type { ClientTools } from '../tools.ts'
import { acquireBackupLock } from './backup-lock.ts'
import {
  countDifferences,
  notesOnCounts,
  requireAgreement,
  type SourceCounts,
  sourceCountsOf,
  startCounting,
} from './counts.ts'
import { selectionArguments } from './dump-arguments.ts'
import { directoryPayloads } from './dump-directory.ts'
import { readGlobals } from './globals.ts'
import { explainLargeValue } from './large-value.ts'
import { type HeldSnapshot, holdSnapshot, notesOnSnapshot, qualified } from './snapshot.ts'

interface DumpContext {
  readonly address: Address
  readonly tools: ClientTools
  readonly database: DatabaseFacts
  /** The role may read password hashes, so `globals.sql` can contain them. */
  readonly readsPasswordHashes: boolean
}

/**
 * Acquires the backup lock, locks the tables, takes the snapshot and, with `sourceCounts`, starts counting. pg_dump
 * starts when the first payload is requested. Throws what `acquireBackupLock` and `holdSnapshot` throw.
 */
export async function openDump(context: DumpContext, request: DumpRequest): Promise<PlatformDump> {
  const { backupLock, signal } = request
  const snapshot = await holdSnapshot(context.address, request.lockTimeout, {
    signal,
    codeAsSuperuser: request.codeAsSuperuser,
    first: async (client) => {
      if (backupLock) await acquireBackupLock(client, context.address, backupLock, signal)
    },
  })
  return new RunningDump(context, request, snapshot)
}

class RunningDump implements PlatformDump {
  readonly snapshot
  readonly snapshotName: string
  readonly tables: number
  readonly #context: DumpContext
  readonly #request: DumpRequest
  readonly #held: HeldSnapshot
  /** `close` releases the snapshot; false for a companion of another dump. */
  readonly #owns: boolean
  readonly #children: Child[] = []
  readonly #notes: string[] = []
  /** Read while pg_dump runs, because with many tables it takes a while. */
  readonly #operators: Promise<OperatorUses | undefined>
  #counts: SourceCounts | undefined
  #print: ArchiveFingerprint | undefined
  #folder: string | undefined

  constructor(context: DumpContext, request: DumpRequest, held: HeldSnapshot, owns = true) {
    this.#context = context
    this.#request = request
    this.#held = held
    this.#owns = owns
    this.snapshot = held.facts
    this.snapshotName = held.name
    this.tables = held.tables.filter((table) => !table.extension).length + held.unnamed
    this.#operators = held.operators()
    this.#operators.catch(() => {}) // finish() throws it
    if (request.sourceCounts) this.#counts = startCounting(context.address, held)
  }

  async *payloads(): AsyncIterable<DumpPayload> {
    const { format } = this.#request
    const estimate = this.#context.database.bytes
    // Started now, so that it runs while the dump is read.
    const { address, readsPasswordHashes } = this.#context
    const globals = this.#request.globals
      ? readGlobals(address, readsPasswordHashes, (flags) =>
          this.#start({ command: this.#tool('pg_dumpall'), arguments: [...flags, `--encoding=${this.#encoding()}`] }),
        )
      : undefined
    if (format === 'directory') yield* this.#directory()
    else
      yield {
        file: format === 'custom' ? 'database.dump' : 'database.sql',
        role: 'archive',
        estimate,
        stream: this.#archiveStream(),
      }
    const { script, notes = [] } = (await globals) ?? {}
    this.#notes.push(...notes)
    if (script)
      yield {
        file: 'globals.sql',
        role: 'globals',
        estimate: script.length,
        stream: Readable.from([script], { objectMode: false }),
      }
  }

  async finish(): Promise<{ dump: DumpFacts; fingerprint: Fingerprint; notes: readonly string[] }> {
    const print = this.#print
    if (!print) throw new Error('finish was called before the dump was read')
    if (!print.known) {
      this.#notes.push(
        `This version of Resguardo does not know archive version ${print.version}, so the fingerprint has row counts but no digests.`,
      )
      this.#counts ??= startCounting(this.#context.address, this.#held)
    }
    const counted = await this.#counts?.result
    this.#notes.push(...notesOnSnapshot(this.#held), ...(counted ? notesOnCounts(counted) : []))
    const fingerprint = print.known ? print.fingerprint : countsOnly(this.#held, counted?.rows ?? new Map())
    if (counted && print.fingerprint.covers === 'content')
      requireAgreement(countDifferences(fingerprint.tables, counted, this.#request.selection))
    const operators = await this.#operators.catch(async (error) => {
      await this.#held.requireHeld()
      throw explainPostgres(error, this.#context.address.display)
    })
    await this.#held.requireHeld()
    return {
      dump: {
        format: this.#request.format,
        archiveVersion: print.known ? print.header.version : print.version,
        selection: this.#request.selection,
        sourceCounts: sourceCountsOf(counted),
      },
      fingerprint: { ...fingerprint, ...(operators && { operators }) },
      notes: this.#notes,
    }
  }

  dumpAgain(dumpOptions: DumpOptions): PlatformDump {
    return new RunningDump(this.#context, { ...this.#request, ...dumpOptions }, this.#held, false)
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map((child) => child.stop()))
    await this.#counts?.stop()
    if (this.#owns) await this.#held.release()
    if (this.#folder) await removeOwnFolder(this.#folder)
  }

  #archiveStream(): Readable {
    const child = this.#dumpChild(['--format=custom', '--compress=0'])
    const tap = new ArchiveTap(child, (print) => {
      this.#print = print
    })
    pipeline(child.stdout, tap).catch(() => {}) // the reader receives the error
    onceLost(this.#held, (failure) => tap.destroy(failure))
    return this.#request.format === 'plain' ? this.#asScript(tap) : tap
  }

  /** Converts the archive to plain SQL with pg_restore, so that one archive reader serves all formats. */
  #asScript(archive: Readable): Readable {
    const child = this.#start({ command: this.#tool('pg_restore'), arguments: ['--file=-'], stdin: 'pipe' })
    const fed = feed(archive, child.stdin)
    fed.catch(() => child.stop())
    return Readable.from(afterBoth(preventAutoResume(child.stdout), fed, child.exited), {
      objectMode: false,
      highWaterMark: 1 << 18,
    })
  }

  async *#directory(): AsyncIterable<DumpPayload> {
    this.#folder = await makeOwnFolder(this.#request.temporary, 'resguardo-dump-')
    const folder = join(this.#folder, 'database')
    const child = this.#dumpChild(
      ['--format=directory', '--compress=0', `--jobs=${this.#request.jobs}`, `--file=${folder}`],
      'ignore',
    )
    await child.exited
    this.#print = yield* directoryPayloads(folder)
  }

  #dumpChild(formatArguments: readonly string[], stdout: 'pipe' | 'ignore' = 'pipe'): Child {
    const child = this.#start({
      command: this.#tool('pg_dump'),
      arguments: [
        ...formatArguments,
        `--snapshot=${this.#held.name}`,
        `--lock-wait-timeout=${this.#request.lockTimeout * 1000}`,
        `--encoding=${this.#encoding()}`,
        '--no-password',
        `--dbname=${connectionWithoutSecrets}`,
        ...selectionArguments(this.#request.selection),
      ],
      stdout,
    })
    const exited = child.exited.catch(async (error: unknown) => {
      throw await explainLargeValue(error, child.stderr(), this.#context.address, this.#held)
    })
    exited.catch(() => {})
    return { ...child, exited }
  }

  #encoding(): string {
    return dumpEncoding(this.#context.database, this.#request.selection)
  }

  #start(request: ChildRequest): Child {
    const { address } = this.#context
    const name = request.command.split('/').at(-1) ?? request.command
    const child = startChild({
      ...request,
      environment: toolEnvironment(address),
      signal: AbortSignal.any([this.#request.signal, this.#held.lost]),
      explain: explainTool(name, address.display),
    })
    this.#children.push(child)
    return child
  }

  #tool(name: string): string {
    return join(this.#context.tools.folder, name)
  }
}

function onceLost({ lost }: HeldSnapshot, then: (failure: Failure) => void): void {
  if (lost.aborted) then(asFailure(lost.reason))
  else lost.addEventListener('abort', () => then(asFailure(lost.reason)), { once: true })
}

async function* afterBoth(script: Readable, ...done: readonly Promise<void>[]): AsyncGenerator<Uint8Array> {
  for await (const chunk of script) yield chunk as Uint8Array
  for (const each of done) await each
}

function countsOnly(held: HeldSnapshot, counted: ReadonlyMap<string, number>): Fingerprint {
  const tables = held.tables.flatMap(({ schema, table }) => {
    const rows = counted.get(qualified({ schema, table }))
    return rows === undefined ? [] : [{ schema, table, rows }]
  })
  return { covers: 'counts', tables, sequences: [] }
}
