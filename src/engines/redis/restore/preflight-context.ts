// The input of every check of a preflight.
import type { RedisProgram } from '../../../domain/redis/products.ts'
import type { RedisRestoreRequest } from '../../../ports/redis.ts'
import type { Step } from '../../../ports/restore.ts'
import type { ParsedRedis } from '../connection/address.ts'
import type { RawConnection } from '../connection/connect.ts'
import { type Info, infoOf, programOf } from '../connection/info.ts'
import type { TargetServers } from './servers.ts'

export interface InspectedServer {
  readonly connection: RawConnection
  readonly info: Info
  readonly program: RedisProgram
}

export interface PreflightContext {
  readonly parsed: ParsedRedis
  readonly request: RedisRestoreRequest
  readonly servers: TargetServers
  /** One for each server, in the order of `servers.all`. */
  readonly each: readonly InspectedServer[]
}

export type Check = (preflight: PreflightContext) => Promise<readonly Step[]> | readonly Step[]

export async function inspect(
  servers: TargetServers,
  parsed: ParsedRedis,
  request: RedisRestoreRequest,
): Promise<PreflightContext> {
  const each: InspectedServer[] = []
  for (const connection of servers.all) {
    const info = await infoOf(connection)
    each.push({ connection, info, program: programOf(info) })
  }
  return { parsed, request, servers, each }
}
