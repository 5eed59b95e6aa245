// Method bgsave: the server saves its RDB file, which is then read on this machine.
import type { FileHandle } from 'node:fs/promises'
import { open, stat } from 'node:fs/promises'
import { Failure } from '../../../domain/failures/failure.ts'
import type { RedisNode } from '../connection/address.ts'
import { type CommandConnection, connectCommands } from '../connection/connect.ts'
import { explainRedis } from '../connection/errors.ts'
import { infoOf } from '../connection/info.ts'
import { askForNumber, askForText } from '../connection/replies.ts'
import { ReplyError } from '../connection/resp.ts'
import type { ShardRequest, ShardStream } from './shard-stream.ts'

const pollSeconds = 0.1
/** A file on a network file system may appear late. */
const secondsToShow = 5

/**
 * Resolves when the server has forked for its save. Throws a Failure; its cause is a ReplyError if the server refuses.
 */
export async function openSavedFile(node: RedisNode, rdbPath: string, request: ShardRequest): Promise<ShardStream> {
  const { access, signal, note } = request
  const connection = await connectCommands(node, access, { signal, note: (sentence) => note(sentence) })
  let file: FileHandle | undefined
  try {
    const before = await lookOf(rdbPath)
    const taken = await startSave(connection, request)
    return {
      taken,
      notes: [],
      async *bytes() {
        await untilSaved(connection, request)
        connection.close()
        file = await openNew(rdbPath, before, request)
        yield* file.createReadStream({ autoClose: false, highWaterMark: 256 << 10 }) as AsyncIterable<Buffer>
      },
      async close() {
        connection.close()
        await file?.close().catch(() => {})
      },
    }
  } catch (error) {
    connection.close()
    throw signal.aborted ? signal.reason : explainRedis(error, connection.display)
  }
}

/** Returns when the save began by the local clock: slightly before the server forked. */
async function startSave(connection: CommandConnection, { clock, signal, note }: ShardRequest): Promise<Date> {
  for (let attempt = 0; ; attempt += 1) {
    const taken = clock.now()
    const answer = await askForText(connection, 'BGSAVE').catch((error) => {
      if (error instanceof ReplyError && /already in progress/i.test(error.message)) return 'busy'
      if (error instanceof ReplyError && /BGSAVE SCHEDULE|AOF/.test(error.message))
        return askForText(connection, 'BGSAVE', 'SCHEDULE')
      throw error
    })
    if (answer === 'busy') {
      if (attempt === 0) note(`Waiting until the running save of ${connection.display} ends`)
    } else if (/scheduled/i.test(answer)) {
      note(`Waiting until ${connection.display} has rewritten its append-only file`)
      return await scheduled(connection, { clock, signal })
    } else return taken
    await clock.sleep(pollSeconds * 5, signal)
  }
}

/** Waits until the scheduled save begins. Returns a time just before that. */
async function scheduled(
  connection: CommandConnection,
  { clock, signal }: Pick<ShardRequest, 'clock' | 'signal'>,
): Promise<Date> {
  const lastSave = await askForNumber(connection, 'LASTSAVE')
  let before = clock.now()
  for (;;) {
    const now = clock.now()
    const info = await infoOf(connection, 'persistence')
    if (info.rdb_bgsave_in_progress === '1') return before
    // The save may have begun and ended between two polls.
    if (Number(info.rdb_last_save_time ?? 0) > lastSave) return before
    before = now
    await clock.sleep(pollSeconds, signal)
  }
}

async function untilSaved(connection: CommandConnection, { clock, signal }: ShardRequest): Promise<void> {
  try {
    for (;;) {
      const info = await infoOf(connection, 'persistence')
      if (info.rdb_bgsave_in_progress === '0') {
        if (info.rdb_last_bgsave_status !== 'ok') throw saveFailed(connection.display)
        return
      }
      await clock.sleep(pollSeconds, signal)
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : explainRedis(error, connection.display)
  }
}

function saveFailed(display: string): Failure {
  return new Failure('redis/save-failed', `${display} could not save its data`, {
    hint: "Read the server's log. Usually the disk is full or not writable, or fork fails (set vm.overcommit_memory = 1). With repl-diskless-sync, --redis-method replica needs no disk space on the server.",
  })
}

interface Look {
  readonly inode: bigint
  readonly modified: bigint
}

async function lookOf(path: string): Promise<Look | undefined> {
  const found = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined // there has been no save yet
    throw unreadable(path, error)
  })
  return found && { inode: found.ino, modified: found.mtimeNs }
}

/** Opens the newly saved file. Ignores a file with the inode and modification time of the one before the save. */
async function openNew(path: string, before: Look | undefined, { clock, signal }: ShardRequest): Promise<FileHandle> {
  for (let waited = 0; ; waited += pollSeconds) {
    const file = await open(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw unreadable(path, error)
    })
    if (file) {
      const { ino, mtimeNs } = await file.stat({ bigint: true })
      if (ino !== before?.inode || mtimeNs !== before.modified) return file
      await file.close()
    }
    if (waited >= secondsToShow) throw notIts(path, file !== undefined)
    await clock.sleep(pollSeconds, signal)
  }
}

function notIts(path: string, isThere: boolean): Failure {
  return new Failure(
    'redis/rdb-file',
    isThere ? `BGSAVE did not change the RDB file: ${path}` : `BGSAVE did not create the RDB file: ${path}`,
    {
      hint: "--redis-rdb-path must be the path of the server's RDB file on this machine: see CONFIG GET dir and CONFIG GET dbfilename.",
    },
  )
}

function unreadable(path: string, error: NodeJS.ErrnoException): Failure {
  return new Failure(
    'redis/rdb-file',
    `could not read the server's RDB file: ${path} (${error.code ?? error.message})`,
    {
      hint: 'Check --redis-rdb-path and the permissions of the file.',
      cause: error,
    },
  )
}
