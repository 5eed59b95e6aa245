import { describe, expect, test } from 'vitest'
import { Failure } from '../../../../src/domain/failures/failure.ts'
import { explainRedis, isForbidden } from '../../../../src/engines/redis/connection/errors.ts'
import { ReplyError } from '../../../../src/engines/redis/connection/resp.ts'

describe('what Redis answers', () => {
  test.each([
    ['WRONGPASS invalid username-password pair or user is disabled.', 'redis/bad-password'],
    ['ERR AUTH <password> called without any password configured for the default user.', 'redis/bad-password'],
    ['NOAUTH Authentication required.', 'redis/password-required'],
    ['DENIED Redis is running in protected mode because …', 'redis/password-required'],
    ["NOPERM this user has no permissions to run the 'psync' command", 'redis/permission-denied'],
    ['LOADING Redis is loading the dataset in memory', 'redis/loading'],
    ['MISCONF Redis is configured to save RDB snapshots, but …', 'redis/writes-disabled'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'redis/out-of-memory'],
    ["READONLY You can't write against a read only replica.", 'redis/replica-read-only'],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'redis/replica-disconnected'],
    ["NOMASTERLINK Can't SYNC while not connected with my master", 'redis/replica-disconnected'],
    ['NOREPLICAS Not enough good replicas to write.', 'redis/too-few-replicas'],
    ['CLUSTERDOWN The cluster is down', 'redis/cluster-incomplete'],
    ['MOVED 3999 127.0.0.1:6381', 'redis/slots-moved'],
    ["ERR unknown command 'PSYNC', with args beginning with: '?' '-1'", 'redis/unknown-command'],
    ['ERR max number of clients reached', 'redis/too-many-clients'],
    ['ERR something new', 'redis/error'],
  ])('%s', (answer, code) => {
    const failure = explainRedis(new ReplyError(answer), 'cache:6379')
    expect(failure).toMatchObject({ code, hint: expect.any(String) })
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
    const key = explainRedis(new ReplyError('NOPERM No permissions to access a key'), 'cache:6379')
    expect(key.hint).toContain('ACL SETUSER the-user ~*')
  })

  test('is for good where a command is not to be had', () => {
    expect(isForbidden(new ReplyError("ERR unknown command 'PSYNC'"))).toBe(true)
    expect(isForbidden(new ReplyError("NOPERM this user has no permissions to run the 'psync' command"))).toBe(true)
    expect(isForbidden(new ReplyError("OOM command not allowed when used memory > 'maxmemory'."))).toBe(false)
    expect(isForbidden(new Error('unknown command'))).toBe(false)
    expect(isForbidden(undefined)).toBe(false)
  })
})

describe('what a network says', () => {
  test.each([
    ['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:6379', 'redis/connection-refused'],
    ['ENOTFOUND', 'getaddrinfo ENOTFOUND cache', 'redis/host-unknown'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain', 'redis/certificate'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames", 'redis/certificate'],
    ['EPROTO', 'write EPROTO … wrong version number', 'redis/tls'],
    ['ECONNRESET', 'read ECONNRESET', 'redis/connection-lost'],
  ])('%s', (cause, message, code) => {
    const failure = explainRedis(Object.assign(new Error(message), { code: cause }), 'cache:6379')
    expect(failure).toMatchObject({ code, hint: expect.any(String) })
  })

  test.each(['timed out', 'the connection was closed', 'invalid RESP reply'])(
    '%s: messages of this client do not determine the code',
    (message) => {
      expect(explainRedis(new Error(message), 'cache:6379').code).toBe('redis/error')
    },
  )

  test('a failure stays what it is', () => {
    const failure = new Failure('input/invalid', 'no')
    expect(explainRedis(failure, 'x')).toBe(failure)
  })
})
