// A role instead of keys, with the real SDK: the token in requests to STS, and the key that signs each request.
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { makeWorld } from '../../src/main/world.ts'
import type { Store } from '../../src/ports/common.ts'
import { credentialsOfRole, type RoleSettings } from '../../src/stores/s3/role.ts'
import { type FakeBucket, type FakeSts, fakeBucket, fakeSts } from '../support/fake-sts.ts'
import { fakeClock, recordingReporter } from '../support/fakes.ts'

const role = 'arn:aws:iam::123456789012:role/backup'
/** The SDK renews what ends within five minutes. */
const margin = 300

let sts: FakeSts
let bucket: FakeBucket
let tokens: string[]

beforeEach(async () => {
  sts = await fakeSts()
  bucket = await fakeBucket(sts)
  tokens = []
  vi.stubEnv('AWS_ENDPOINT_URL_STS', sts.endpoint)
  vi.stubEnv('GITHUB_RUN_ID', '4711')
})

afterEach(() => {
  vi.unstubAllEnvs()
  bucket.close()
  sts.close()
})

/** As GitHub gives them: another one each time, saying who asks. */
async function idToken(audience: string): Promise<string> {
  const claims = { aud: audience, sub: 'repo:octo/shop:ref:refs/heads/main', jti: String(tokens.length) }
  const token = ['header', Buffer.from(JSON.stringify(claims)).toString('base64url'), 'signature'].join('.')
  tokens.push(token)
  return token
}

function openStore(): Promise<Store> {
  const world = makeWorld({
    hideSecrets: String,
    reporter: recordingReporter(),
    signal: new AbortController().signal,
    idToken,
  })
  return world.openStore('s3://backups/resguardo', { awsRole: role, s3Endpoint: bucket.endpoint })
}

const put = (store: Store, key: string) => store.create(key, Buffer.from(key))

describe('a store with a role', () => {
  test('signs with credentials that STS gave for a token of GitHub', async () => {
    const store = await openStore()
    expect([tokens, sts.asked]).toEqual([[], []])
    await put(store, 'a')
    await put(store, 'b')
    expect(sts.asked).toEqual([
      expect.objectContaining({
        Action: 'AssumeRoleWithWebIdentity',
        RoleArn: role,
        RoleSessionName: 'resguardo-4711',
        WebIdentityToken: tokens[0],
      }),
    ])
    expect(JSON.parse(Buffer.from(tokens[0]?.split('.')[1] ?? '', 'base64url').toString()).aud).toBe(
      'sts.amazonaws.com',
    )
    expect(bucket.keys).toEqual(['KEY1', 'KEY1'])
  })

  test('gets new ones with a new token before they end, once for all requests under way', async () => {
    sts.lifetime = margin + 1
    const store = await openStore()
    await put(store, 'a')
    await put(store, 'b')
    await sleep(1100)
    sts.lifetime = 3600
    await Promise.all(['c', 'd', 'e'].map((key) => put(store, key)))
    await put(store, 'f')
    expect(bucket.keys).toEqual(['KEY1', 'KEY1', 'KEY2', 'KEY2', 'KEY2', 'KEY2'])
    expect(sts.asked.map(({ WebIdentityToken }) => WebIdentityToken)).toEqual(tokens)
    expect(new Set(tokens).size).toBe(2)
  })

  test('that AWS refuses fails with who the token says we are, and no secret', async () => {
    sts.errors.push({ status: 403, code: 'AccessDenied' })
    await expect(put(await openStore(), 'a')).rejects.toMatchObject({
      code: 's3/role-refused',
      message: `could not assume the role ${role}: AWS does not permit this run to assume the role ("sub" of its ID token is repo:octo/shop:ref:refs/heads/main)`,
      hint: expect.stringContaining('trust policy of the role with docs/aws.md'),
    })
    expect([sts.asked.length, bucket.keys]).toEqual([1, []])
  })

  test('outside of GitHub Actions is refused at once', async () => {
    const world = makeWorld({
      hideSecrets: String,
      reporter: recordingReporter(),
      signal: new AbortController().signal,
    })
    await expect(world.openStore('s3://backups', { awsRole: role })).rejects.toMatchObject({
      code: 's3/no-id-token',
      hint: expect.stringContaining('permissions: id-token: write'),
    })
  })
})

describe('the credentials of a role', () => {
  const notes: string[] = []
  const ask = (more: Partial<RoleSettings> = {}) => {
    notes.length = 0
    const settings = { role, region: 'eu-west-1', sessionName: 'resguardo-1', idToken, ...more }
    return credentialsOfRole(settings, { clock: fakeClock(), note: (sentence) => notes.push(sentence) })()
  }

  test('carry their end, so that they are renewed', async () => {
    const { expiration, ...rest } = await ask()
    expect(rest).toEqual({ accessKeyId: 'KEY1', secretAccessKey: 'secret', sessionToken: 'TOKEN1' })
    expect((expiration?.getTime() ?? 0) - Date.now()).toBeGreaterThan(3_590_000)
  })

  test.each([
    [400, 'InvalidIdentityToken', 'token.actions.githubusercontent.com'],
    [400, 'ExpiredTokenException', 'clock'],
    [403, 'IDPRejectedClaim', 'docs/aws.md'],
    [403, 'RegionDisabledException', 'another region'],
  ])('are refused for good by %i %s', async (status, code, hint) => {
    sts.errors.push({ status, code })
    await expect(ask()).rejects.toMatchObject({ code: 's3/role-refused', hint: expect.stringContaining(hint) })
    expect(sts.asked).toHaveLength(1)
  })

  test.each([
    [500, 'InternalFailure'],
    [503, 'ServiceUnavailable'],
    [400, 'IDPCommunicationError'],
    [400, 'Throttling'],
  ])('are asked for again after %i %s, with another token', async (status, code) => {
    sts.errors.push({ status, code }, { status, code })
    expect((await ask()).accessKeyId).toBe('KEY1')
    expect(new Set(sts.asked.map(({ WebIdentityToken }) => WebIdentityToken)).size).toBe(3)
    expect(notes).toHaveLength(2)
    expect(notes[0]).toMatch(/^could not assume the role .*; trying again in 0\.[2-5] s$/)
  })

  test('fail where STS does not answer, after all attempts', async () => {
    sts.close()
    await expect(ask({ patience: { attempts: 3 } })).rejects.toMatchObject({
      code: 's3/unreachable',
      message: `could not assume the role ${role}: the connection was refused`,
    })
    expect(notes).toHaveLength(2)
  })

  test('fail within the limits if STS accepts connections but never responds', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    vi.stubEnv('AWS_ENDPOINT_URL_STS', `http://127.0.0.1:${(silent.address() as AddressInfo).port}`)
    const began = performance.now()
    const patience = { firstDelay: 0.05, idleTimeout: 0.3, longestOutage: 120, attempts: 2 }
    await expect(ask({ patience })).rejects.toMatchObject({ code: 's3/unreachable' })
    expect((performance.now() - began) / 1000).toBeLessThan(3)
    silent.close()
  })

  test('fail where GitHub gives no token, without what it said', async () => {
    const refuse = async () => {
      throw new Error('request to https://pipelines.example/?token=abc failed')
    }
    await expect(ask({ idToken: refuse })).rejects.toMatchObject({
      code: 's3/role-refused',
      message: 'GitHub returned no ID token',
      hint: expect.stringContaining('id-token: write'),
    })
    expect(sts.asked).toEqual([])
  })
})
