// What Redis says, and what networks say on the way to it, as failures with a kind and a hint.
import { Failure } from '../../domain/failure.ts'
import type { FailureCode } from '../../domain/failure-codes.ts'

interface Row {
  readonly matches: RegExp
  readonly code: FailureCode
  readonly sentence: (where: string) => string
  readonly hint: string | ((said: string) => string)
}

/** Answers of a server. */
const answers: readonly Row[] = [
  {
    matches: /^WRONGPASS|invalid password|AUTH <password> called without any password|Client sent AUTH, but no password/,
    code: 'redis/bad-password',
    sentence: (where) => `Redis rejected the user or password for ${where}`,
    hint: 'Check user and password in REDIS_URL; a password alone has a colon before it (redis://:password@host), special characters are percent-encoded.',
  },
  {
    matches: /^NOAUTH|DENIED Redis is running in protected mode/,
    code: 'redis/password-required',
    sentence: (where) => `Redis requires a password: ${where}`,
    hint: 'Give it in REDIS_URL (redis://:password@host) or as REDIS_PASSWORD.',
  },
  {
    matches: /^NOPERM/,
    code: 'redis/permission-denied',
    sentence: (where) => `Redis does not give this user the needed permissions on ${where}`,
    hint: missingRule,
  },
  {
    matches: /^LOADING/,
    code: 'redis/loading',
    sentence: (where) => `Redis is still loading its data: ${where}`,
    hint: 'Run again when it is up.',
  },
  {
    matches: /^MISCONF/,
    code: 'redis/writes-disabled',
    sentence: (where) => `Redis cannot save its data to disk and accepts no writes: ${where}`,
    hint: "Read the server's log: usually its disk is full or not writable, or fork fails for lack of memory (vm.overcommit_memory = 1).",
  },
  {
    matches: /^OOM/,
    code: 'redis/out-of-memory',
    sentence: (where) => `Redis is out of memory: ${where}`,
    hint: 'Raise maxmemory on the server, or make room; resguardo doctor shows what it uses.',
  },
  {
    matches: /^READONLY/,
    code: 'redis/replica-read-only',
    sentence: (where) => `this Redis is a replica and accepts no writes: ${where}`,
    hint: 'Name the master instead.',
  },
  {
    matches: /^MASTERDOWN|^NOMASTERLINK|Can't SYNC while not connected with my master/,
    code: 'redis/replica-disconnected',
    sentence: (where) => `this replica has no connection to its master: ${where}`,
    hint: 'Name the master instead, or wait until the replica is in sync again.',
  },
  {
    matches: /^NOREPLICAS/,
    code: 'redis/too-few-replicas',
    sentence: (where) => `Redis accepts no writes because too few replicas are in sync: ${where}`,
    hint: 'Bring its replicas back, or lower min-replicas-to-write.',
  },
  {
    matches: /^CLUSTERDOWN/,
    code: 'redis/cluster-incomplete',
    sentence: (where) => `the cluster is down: ${where}`,
    hint: 'See CLUSTER INFO: no node serves some slots. Repair the cluster first, because a backup would be partial.',
  },
  {
    matches: /^(MOVED|ASK) \d/,
    code: 'redis/slots-moved',
    sentence: (where) => `slots of the cluster moved during the command: ${where}`,
    hint: 'Run again when resharding is over.',
  },
  {
    matches: /unknown (sub)?command|not (allowed|available|supported|permitted)|unsupported command|command is disabled/i,
    code: 'redis/unknown-command',
    sentence: (where) => `${where} does not have this command`,
    hint: 'Managed services rename or disable some commands. For a backup --redis-method scan needs the fewest: SCAN, DUMP and PEXPIRETIME.',
  },
  {
    matches: /max number of clients reached/,
    code: 'redis/too-many-clients',
    sentence: (where) => `Redis has no free connection: ${where}`,
    hint: 'Free connections, or raise maxclients.',
  },
  {
    matches: /^BUSY /,
    code: 'redis/blocked-by-script',
    sentence: (where) => `a script or function blocks Redis: ${where}`,
    hint: 'Wait for it, or end it with SCRIPT KILL or FUNCTION KILL.',
  },
]

/** Of networks and of TLS, as Node says it. */
const connections: readonly Row[] = [
  {
    matches: /ENOTFOUND|EAI_AGAIN/,
    code: 'redis/host-unknown',
    sentence: (where) => `could not resolve the host name: ${where}`,
    hint: 'Check the host in REDIS_URL, and whether this machine can resolve it.',
  },
  {
    matches: /ECONNREFUSED/,
    code: 'redis/connection-refused',
    sentence: (where) => `the connection was refused: ${where}`,
    hint: 'Check host and port in REDIS_URL, and whether Redis runs and listens there.',
  },
  {
    matches: /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|timed out/,
    code: 'redis/timeout',
    sentence: (where) => `no answer in time from ${where}`,
    hint: 'A firewall or a private network may stand in between. Where Redis takes TLS only, begin the URL with rediss://.',
  },
  {
    matches: /self.signed|unable to (get|verify)|UNABLE_TO|DEPTH_ZERO|CERT_|certificate|Hostname\/IP does not match/i,
    code: 'redis/certificate',
    sentence: (where) => `could not verify the certificate of ${where}`,
    hint: 'Give the PEM file of the authority that signed it with --redis-tls-ca; the host in REDIS_URL must be one that the certificate names.',
  },
  {
    matches: /SSL|TLS|EPROTO|wrong version number|the language of Redis/i,
    code: 'redis/tls',
    sentence: (where) => `one side uses TLS and the other does not: ${where}`,
    hint: 'rediss:// is for a port with TLS, redis:// for one without.',
  },
  {
    matches: /ECONNRESET|EPIPE|ECONNABORTED|connection (was |is )?(closed|lost|ended)/i,
    code: 'redis/connection-lost',
    sentence: (where) => `the connection to ${where} was lost`,
    hint: 'Redis was stopped or has cut us off (its log says why); where it takes TLS only, begin the URL with rediss://. Run again.',
  },
]

/** Any error on the way to a server or of its answers as a Failure; failures pass through. `where` is a display name without secrets. */
export function explainRedis(error: unknown, where: string): Failure {
  if (error instanceof Failure) return error
  const { code = '', message = String(error), name } = error as { code?: string; message?: string; name?: string }
  const rows = name === 'ReplyError' ? answers : connections
  const text = name === 'ReplyError' ? message : `${code} ${message}`
  const row = rows.find(({ matches }) => matches.test(text))
  const said = oneLine(message || code)
  if (!row) {
    return new Failure('redis/error', `Redis reported an error for ${where}: ${said}`, {
      hint: "Read the server's message, correct the cause and run again.",
      cause: error,
    })
  }
  const hint = typeof row.hint === 'string' ? row.hint : row.hint(said)
  return new Failure(row.code, `${row.sentence(where)}: ${said}`, { hint, cause: error })
}

/** Whether the server refuses a command for good: it does not have it, or our user may not use it. */
export function isForbidden(error: unknown): boolean {
  const { name, message = '' } = error as { name?: string; message?: string }
  return (
    name === 'ReplyError' &&
    /^NOPERM|^ERR .*(unknown (sub)?command|not (allowed|available|supported|permitted)|disabled)/i.test(message)
  )
}

/** Whether a wait may help. */
export function isLoading(error: unknown): boolean {
  const { name, message = '' } = error as { name?: string; message?: string }
  return name === 'ReplyError' && message.startsWith('LOADING')
}

/** NOPERM says which command (or key) it was: the rule that allows it. */
function missingRule(said: string): string {
  const command = /run the '([^']+)' command/.exec(said)?.[1]
  const rule = command ? `+${command.toLowerCase()}` : /keys/.test(said) ? '~*' : 'what is missing'
  return `Add it to the user's rules: ACL SETUSER the-user ${rule}. docs/redis.md lists what a backup and a restore need.`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 500)
}
