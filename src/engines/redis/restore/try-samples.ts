// Tries one value of each type in the target, to find values that it cannot read before any key is removed.
import { Failure } from '../../../domain/failures/failure.ts'
import type { RawConnection } from '../connection/connect.ts'
import { encodeCommand, ReplyError } from '../connection/resp.ts'
import type { Sample } from './samples.ts'
import { keyAt, type TargetServers } from './servers.ts'

/** Milliseconds; then a key that a lost connection has left behind expires. */
const timeToLive = '60000'

/** Throws `redis/value-refused`. Changes no existing key: each value gets an unused name and is removed immediately. */
export async function trySamples(servers: TargetServers, samples: readonly Sample[]): Promise<void> {
  for (const [place, connection] of servers.all.entries()) {
    const key = keyAt(place, servers.placeOf)
    for (const sample of samples) await trySample(connection, key, sample)
  }
}

async function trySample(connection: RawConnection, key: Buffer, { type, key: name, dump }: Sample): Promise<void> {
  try {
    // Not `ask`: a large value may take longer than a short command.
    await connection.send(encodeCommand('RESTORE', key, timeToLive, dump, 'REPLACE'))
    const reply = await connection.readReply()
    if (reply instanceof ReplyError) throw reply
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error
    // The user may access only some keys, or memory is full until the target is emptied: the restore itself will show.
    if (!/Bad data format|payload version or checksum|module/i.test(error.message)) return
    const example = JSON.stringify(name.subarray(0, 200).toString())
    throw new Failure(
      'redis/value-refused',
      `${connection.display} cannot read values of type ${type}, such as ${example}: ${error.message}`,
      {
        hint: 'Nothing was changed. Use a target with the modules of the backup (MODULE LIST) and a version that reads its values.',
        cause: error,
      },
    )
  }
  await connection.ask('UNLINK', key)
}
