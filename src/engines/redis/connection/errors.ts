// Maps errors of Redis, Valkey, the network and TLS to failures with a kind and a hint.
import { Failure } from '../../../domain/failures/failure.ts'
import type { FailureCode } from '../../../domain/failures/failure-codes.ts'

interface Row {
  readonly matches: RegExp
  readonly code: FailureCode
  readonly sentence: (where: string) => string
  readonly hint: string | ((said: string) => string)
}

/** Error replies of a server. */
const answers: readonly Row[] = [
  {
    matches:
      /^WRONGPASS|invalid password|AUTH <password> called without any password|Client sent AUTH, but no password/,
    code: 'redis/bad-password',
    sentence: (where) => `${where} rejected the user or password`,
    hint: 'Check the user and password in REDIS_URL. Write a password without a user as redis://:password@host, and percent-encode special characters.',
  },
  {
    matches: /^NOAUTH|DENIED Redis is running in protected mode/,
    code: 'redis/password-required',
    sentence: (where) => `${where} requires a password`,
    hint: 'Give it in REDIS_URL (redis://:password@host) or as REDIS_PASSWORD.',
  },
  {
    matches: /^NOPERM/,
    code: 'redis/permission-denied',
    sentence: (where) => `the user lacks a permission on ${where}`,
    hint: missingRule,
  },
  {
    matches: /^LOADING/,
    code: 'redis/loading',
    sentence: (where) => `${where} is still loading its data`,
    hint: 'Run again when it is up.',
  },
  {
    matches: /^MISCONF/,
    code: 'redis/writes-disabled',
    sentence: (where) => `${where} cannot save its data to disk and accepts no writes`,
    hint: "Read the server's log. Usually the disk is full or not writable, or fork fails (set vm.overcommit_memory = 1).",
  },
  {
    matches: /^OOM/,
    code: 'redis/out-of-memory',
    sentence: (where) => `${where} is out of memory`,
    hint: 'Raise maxmemory, or remove keys. `resguardo doctor` shows the memory usage.',
  },
  {
    matches: /^READONLY/,
    code: 'redis/replica-read-only',
    sentence: (where) => `${where} is a replica and accepts no writes`,
    hint: 'Use the address of the master.',
  },
  {
    matches: /^MASTERDOWN|^NOMASTERLINK|Can't SYNC while not connected with my master/,
    code: 'redis/replica-disconnected',
    sentence: (where) => `the replica ${where} has no connection to its master`,
    hint: 'Use the address of the master, or wait until the replica is in sync again.',
  },
  {
    matches: /^NOREPLICAS/,
    code: 'redis/too-few-replicas',
    sentence: (where) => `${where} accepts no writes because too few replicas are in sync`,
    hint: 'Start its replicas, or lower min-replicas-to-write.',
  },
  {
    matches: /^CLUSTERDOWN/,
    code: 'redis/cluster-incomplete',
    sentence: (where) => `the cluster is down: ${where}`,
    hint: 'Some slots have no node: see CLUSTER INFO. Repair the cluster first, because a backup would be partial.',
  },
  {
    matches: /^(MOVED|ASK) \d/,
    code: 'redis/slots-moved',
    sentence: (where) => `slots of the cluster moved during the command: ${where}`,
    hint: 'Run again when resharding is over.',
  },
  {
    matches:
      /unknown (sub)?command|not (allowed|available|supported|permitted)|unsupported command|command is disabled/i,
    code: 'redis/unknown-command',
    sentence: (where) => `unknown command on ${where}`,
    hint: 'Managed services rename or disable some commands. --redis-method scan needs only SCAN, DUMP and PEXPIRETIME.',
  },
  {
    matches: /max number of clients reached/,
    code: 'redis/too-many-clients',
    sentence: (where) => `${where} has no free connection`,
    hint: 'Free connections, or raise maxclients.',
  },
  {
    matches: /^BUSY /,
    code: 'redis/blocked-by-script',
    sentence: (where) => `a script or function blocks ${where}`,
    hint: 'Wait until it ends, or end it with SCRIPT KILL or FUNCTION KILL.',
  },
]

/** Errors of the network and of TLS, as Node reports them. */
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
    hint: 'Check host and port in REDIS_URL, and whether the server runs and listens there.',
  },
  {
    matches: /ETIMEDOUT|EHOSTUNREACH|ENETUNREACH/,
    code: 'redis/timeout',
    sentence: (where) => `no answer in time from ${where}`,
    hint: 'A firewall or a private network may block the connection. If the server accepts only TLS, use rediss:// in the URL.',
  },
  {
    matches:
      /alert (certificate|bad certificate|unsupported|unknown ca|access denied|handshake failure|decrypt)|ALERT_(CERT|BAD_CERT|UNSUPP|UNKNOWN_CA|HANDSHAKE)/i,
    code: 'redis/client-certificate',
    sentence: (where) => `${where} does not accept this client without a certificate that it trusts`,
    hint: 'Give a client certificate and its key with --redis-cert and --redis-key, signed by an authority of the server (tls-ca-cert-file).',
  },
  {
    matches: /self.signed|unable to (get|verify)|UNABLE_TO|DEPTH_ZERO|CERT_|certificate|Hostname\/IP does not match/i,
    code: 'redis/certificate',
    sentence: (where) => `could not verify the certificate of ${where}`,
    hint: 'Give the certificate of its authority with --redis-cacert. The certificate must include the host in REDIS_URL.',
  },
  {
    matches: /SSL|TLS|EPROTO|wrong version number/i,
    code: 'redis/tls',
    sentence: (where) => `one side uses TLS and the other does not: ${where}`,
    hint: 'Use rediss:// for a port with TLS, and redis:// for a port without TLS.',
  },
  {
    matches: /ECONNRESET|EPIPE|ECONNABORTED/,
    code: 'redis/connection-lost',
    sentence: (where) => `the connection to ${where} was lost`,
    hint: 'The server stopped or closed the connection; see its log. If the server accepts only TLS, use rediss:// in the URL. Then run again.',
  },
]

/**
 * Returns a connection error or an error reply as a Failure; a Failure is returned unchanged. `where`: a display name
 * without secrets.
 */
export function explainRedis(error: unknown, where: string): Failure {
  if (error instanceof Failure) return error
  const { code = '', message = String(error), name } = error as { code?: string; message?: string; name?: string }
  const rows = name === 'ReplyError' ? answers : connections
  const text = name === 'ReplyError' ? message.replace(refusedExec, '') : `${code} ${message}`
  if (name === 'InvalidReply') {
    return new Failure('redis/protocol', `could not read a reply of ${where}: ${message}`, {
      hint: 'Check the address in REDIS_URL, and whether the server is Redis or Valkey.',
      cause: error,
    })
  }
  const row = rows.find(({ matches }) => matches.test(text))
  const said = oneLine(message || code)
  if (!row) {
    return new Failure('redis/error', `${where} answered with an error: ${said}`, {
      hint: 'Read the message of the server, correct the cause and run again.',
      cause: error,
    })
  }
  const hint = typeof row.hint === 'string' ? row.hint : row.hint(said)
  return new Failure(row.code, `${row.sentence(where)}: ${said}`, { hint, cause: error })
}

/** Returns the failure for a condition that this client detects itself. */
export function detectedFailure(
  code: 'redis/timeout' | 'redis/tls' | 'redis/connection-lost' | 'redis/loading',
  where: string,
): Failure {
  const row = [...answers, ...connections].find((each) => each.code === code) as Row & { hint: string }
  return new Failure(code, row.sentence(where), { hint: row.hint })
}

/** The failure for a server that sends data, but no complete reply. */
export function slowReply(where: string, seconds: number): Failure {
  return new Failure('redis/timeout', `no complete reply within ${seconds} s from ${where}`, {
    hint: 'The network or the server is too slow for short commands. Check both and run again.',
  })
}

/** Whether the server refuses a command permanently: it lacks the command, or the user may not run it. */
export function isForbidden(error: unknown): boolean {
  return /^NOPERM|^ERR .*(unknown (sub)?command|not (allowed|available|supported|permitted)|disabled)/i.test(
    answerIn(error),
  )
}

/** Prefix of the reason if the server refuses EXEC itself. */
const refusedExec = /^EXECABORT Transaction discarded because of: /

/** Whether the server is loading its data, so that a retry may succeed. */
export function isLoading(error: unknown): boolean {
  return answerIn(error).startsWith('LOADING')
}

/** The message of an error reply; empty for any other value, such as an absent cause. */
function answerIn(error: unknown): string {
  return error instanceof Error && error.name === 'ReplyError' ? error.message.replace(refusedExec, '') : ''
}

/** The rule that permits what a server refused; undefined if the server names neither a command nor a key. */
export function aclRuleIn(said: string): string | undefined {
  const command = /run the '([^']+)' command/.exec(said)?.[1]
  return command ? `+${command.toLowerCase()}` : /\bkeys?\b/.test(said) ? '~*' : undefined
}

function missingRule(said: string): string {
  const rule = aclRuleIn(said) ?? 'RULE'
  return `Add it to the user's rules: ACL SETUSER the-user ${rule}. docs/redis.md lists what a backup and a restore need.`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim().slice(0, 500)
}
