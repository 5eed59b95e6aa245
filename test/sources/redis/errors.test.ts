import { describe, expect, test } from 'vitest'
import { Failure } from '../../../src/domain/failure.ts'
import { explainRedis, isForbidden } from '../../../src/sources/redis/errors.ts'
import { ReplyError } from '../../../src/sources/redis/resp.ts'

describe('what Redis answers', () => {
  test.each([
    ['WRONGPASS invalid username-password pair or user is disabled.', 'unreachable', 'refuses the user or password'],
    [
      'ERR AUTH <password> called without any password configured for the default user.',
      'unreachable',
      'refuses the user or password',
    ],
    ['NOAUTH Authentication required.', 'unreachable', 'asks for a password'],
    ['DENIED Redis is running in protected mode because …', 'unreachable', 'asks for a password'],
    ["NOPERM this user has no permissions to run the 'psync' command", 'refused', 'does not allow this user'],
    ['LOADING Redis is loading the dataset in memory', 'unreachable', 'still loading'],
    ['MISCONF Redis is configured to save RDB snapshots, but …', 'refused', 'cannot save'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'refused', 'no memory left'],
    ["READONLY You can't write against a read only replica.", 'refused', 'is a replica'],
    [
      "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
      'unreachable',
      'no connection to its master',
    ],
    ["NOMASTERLINK Can't SYNC while not connected with my master", 'unreachable', 'no connection to its master'],
    ['NOREPLICAS Not enough good replicas to write.', 'refused', 'too few replicas'],
    ['CLUSTERDOWN The cluster is down', 'unreachable', 'cluster is down'],
    ['MOVED 3999 127.0.0.1:6381', 'unreachable', 'slots of the cluster have moved'],
    ["ERR unknown command 'PSYNC', with args beginning with: '?' '-1'", 'refused', 'does not have this command'],
    ['ERR max number of clients reached', 'unreachable', 'no free connection'],
    ['ERR something new', 'tool', 'Redis said'],
  ])('%s', (answer, kind, sentence) => {
    const failure = explainRedis(new ReplyError(answer), 'cache:6379')
    expect(failure).toMatchObject({ kind, hint: expect.any(String), message: expect.stringContaining(sentence) })
    expect(failure.message).toContain('cache:6379')
  })

  test('names the rule that is missing', () => {
    const failure = explainRedis(
      new ReplyError("NOPERM this user has no permissions to run the 'function|dump' command"),
      'cache:6379',
    )
    expect(failure.hint).toContain('ACL SETUSER the-user +function|dump')
    const keys = explainRedis(
      new ReplyError('NOPERM this user has no permissions to access one of the keys used as arguments'),
      'cache:6379',
    )
    expect(keys.hint).toContain('~*')
  })

  test('is for good where a command is not to be had', () => {
    expect(isForbidden(new ReplyError("ERR unknown command 'PSYNC'"))).toBe(true)
    expect(isForbidden(new ReplyError("NOPERM this user has no permissions to run the 'psync' command"))).toBe(true)
    expect(isForbidden(new ReplyError("OOM command not allowed when used memory > 'maxmemory'."))).toBe(false)
    expect(isForbidden(new Error('unknown command'))).toBe(false)
  })
})

describe('what a network says', () => {
  test.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:6379', 'nothing answers there'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND cache', 'the host is unknown'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'is not trusted'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames", 'is not trusted'],
    ['EPROTO', 'write EPROTO … wrong version number', 'do not fit together'],
    ['ECONNRESET', 'read ECONNRESET', 'was lost'],
  ])('%s', (code, message, sentence) => {
    const failure = explainRedis(Object.assign(new Error(message), { code }), 'cache:6379')
    expect(failure).toMatchObject({ kind: 'unreachable', hint: expect.any(String), message: expect.stringContaining(sentence) })
  })

  test('a failure stays what it is', () => {
    const failure = new Failure('usage', 'no')
    expect(explainRedis(failure, 'x')).toBe(failure)
  })
})
