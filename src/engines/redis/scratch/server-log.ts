// Explains the last lines of the log of a redis-server that could not load a backup.
import { Failure } from '../../../domain/failures/failure.ts'
import { installedNames } from '../../../domain/redis/products.ts'
import { productOfRdb, readersOf } from '../../../domain/redis/rdb-versions.ts'

/** Returns the log of a server that ended (or refused to load) as a failure. `exit`: such as `exited with 1`. */
export function endedFailure(log: string, exit: string, folder: string): Failure {
  const lines = messages(log)
  const said = lines.slice(-3).join(' · ')
  const version = /Can't handle RDB format version (\d+)/.exec(log)?.[1]
  if (version !== undefined) {
    return new Failure('drill/redis-too-old', `the scratch server does not read RDB version ${version}`, {
      hint: `Install ${readersOf(Number(version))}, and put its ${installedNames(productOfRdb(Number(version))).server} first on PATH.`,
    })
  }
  if (missingModule.test(log)) {
    const name = moduleNames.map((names) => names.exec(log)?.[1]).find((found) => found !== undefined)
    return new Failure(
      'drill/missing-module',
      `not drilled: the scratch server lacks ${name === undefined ? 'a module' : `the module ${name}`} of the backup`,
      {
        hint: 'The backup may be good. Put a redis-server with this module, such as Redis 8, first on PATH.',
      },
    )
  }
  if (/No space left on device/i.test(log)) {
    return new Failure('disk/full', `the disk of ${folder} is full: ${said}`, {
      hint: 'Free space, or choose another folder with --temporary.',
    })
  }
  if (/Out Of Memory|oom-killer|SIGKILL|exited with 137/i.test(`${log}\n${exit}`) && !/Short read or OOM/i.test(log)) {
    return new Failure(
      'drill/out-of-memory',
      `the scratch server ${exit}: this machine has too little memory for the backup`,
      {
        hint: 'A drill needs as much memory as the server that was backed up. Use a larger machine.',
      },
    )
  }
  if (/Address already in use/i.test(log))
    return new Failure('drill/server-failed', `the scratch server found no free port: ${said}`)
  if (/FATAL CONFIG FILE ERROR/i.test(log))
    return new Failure('drill/server-failed', `the scratch server did not start: ${said}`)
  return new Failure('redis/rdb-damaged', `the scratch server could not load the backup: ${said || `it ${exit}`}`, {
    hint: 'This copy cannot be restored. Run `resguardo checksum` to compare it with the manifest, and drill another backup.',
  })
}

/** Messages about module data in keys, and about data that modules save outside of keys. */
const missingModule = /module data (?:that )?I (?:can't|don't)|no matching module|module\s+[\w-]+ .*not loaded/i
const moduleNames = [
  /no matching module(?: type)? '?([\w-]+)/i,
  /The module '?([\w-]+)'? (?:is not|does)/i,
  /module\s+([\w-]+) .*not loaded/i,
]

const noise =
  /^(WARNING|Accepted connection|Client closed|oO0O|Redis version=|Configuration loaded|Running mode=|monotonic clock|Server initialized|Ready to accept|User requested)/
const loading = /^(Loading RDB produced|RDB (age|memory usage|is base)|Done loading|DB (loaded|reloaded|saved))/
const replication =
  /^(Connecting to MASTER|MASTER <-> REPLICA|Error condition on socket|Before turning into a replica|Non blocking connect)/

/** Relevant messages, without process ID and time: `123:S 24 Nov 2026 02:00:00.000 # Short read`. */
function messages(log: string): string[] {
  return log
    .split('\n')
    .map((line) => line.replace(/^\d+:[A-Z] .*? [-.*#] /, '').trim())
    .filter((line) => line !== '' && !noise.test(line) && !replication.test(line) && !loading.test(line))
}
