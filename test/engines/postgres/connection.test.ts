// One understanding of a connection: URLs, key=value text, the environment, services, password and certificate files.
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clientConfig, parseAddress, toolEnvironment, toUrl } from '../../../src/engines/postgres/connection/address.ts'
import { parseConnection } from '../../../src/engines/postgres/connection/parse-text.ts'
import { resolveConnection } from '../../../src/engines/postgres/connection/resolve.ts'

describe('a connection text', () => {
  test.each([
    ['postgresql:///db?user=x&host=y', { dbname: 'db', user: 'x', host: 'y' }],
    ['postgresql://h1:1,h2/db', { host: 'h1,h2', port: '1,', dbname: 'db' }],
    ['postgresql://[2001:db8::1]:6543/db', { host: '2001:db8::1', port: '6543', dbname: 'db' }],
    ['postgresql://%2Fvar%2Frun/db', { host: '/var/run', dbname: 'db' }],
    ['postgresql://h/db?host=other', { host: 'other', dbname: 'db' }],
    ['postgresql://u:a+b%20c@h/d+b', { user: 'u', password: 'a+b c', host: 'h', dbname: 'd+b' }],
    ['postgresql://u:a?b@h/d', { user: 'u', password: 'a?b', host: 'h', dbname: 'd' }],
    ['postgresql://h/d?options=-c%20a%3Db', { host: 'h', dbname: 'd', options: '-c a=b' }],
    ['postgresql://h/d?ssl=true', { host: 'h', dbname: 'd', sslmode: 'require' }],
    ['postgres://h', { host: 'h' }],
    [
      "host=h  port = 1 dbname='a b' password='it\\'s \\\\'",
      { host: 'h', port: '1', dbname: 'a b', password: "it's \\" },
    ],
    ['host=a,b user=x\\ y dbname=d', { host: 'a,b', user: 'x y', dbname: 'd' }],
    ["dbname=d password=''", { dbname: 'd' }],
  ])('%s is read as libpq reads it', (text, expected) => {
    expect(Object.fromEntries(parseConnection(text))).toEqual(expected)
  })

  test.each([
    'postgresql://h/d?user',
    'postgresql://h/%00',
    'postgresql://h/d?options=%zz',
    "host=h password='s3cret",
    'host=h s3cret',
    's3cret',
    'mysql://u:s3cret@h/d?a=b',
  ])('%s is refused without its password', (text) => {
    expect(() => parseConnection(text)).toThrow(expect.objectContaining({ code: 'postgres/invalid-url' }))
    expect(() => parseConnection(text)).not.toThrow(/s3cret/)
  })
})

describe('an address', () => {
  test.each([
    ['sslcertmode', 'postgresql://h/d?sslcertmode=require'],
    ['require_auth', 'host=h dbname=d require_auth=none'],
    ['sslpassword', 'postgresql://h/d?sslpassword=x'],
  ])('with a parameter that is not supported names it: %s', (name, text) => {
    expect(() => parseAddress(text)).toThrow(
      expect.objectContaining({
        code: 'postgres/unknown-parameter',
        kind: 'usage',
        message: expect.stringContaining(name),
      }),
    )
  })

  test.each([
    'postgresql://h/d?sslnegotiation=direct',
    'postgresql://h/d?sslnegotiation=maybe',
    'postgresql://h/d?channel_binding=maybe',
    'postgresql://h/d?connect_timeout=soon',
    'postgresql://h:1x/d',
    'postgresql://h1,h2/d',
  ])('%s is refused', (text) => {
    expect(() => parseAddress(text)).toThrow(expect.objectContaining({ code: 'postgres/invalid-url' }))
  })

  test.each([
    'postgresql://u:p%40%2F%3A@[::1]:5433/a%2Fb?sslmode=require&sslnegotiation=direct&channel_binding=require',
    "host=/run/a port=1 dbname=d user=x password='p \"' options='-c a=b' connect_timeout=0 schema=s",
    'postgresql://h/d?hostaddr=10.0.0.1&sslrootcert=/a%20b&sslcert=/c&sslkey=/k&sslcrl=/l&pgbouncer=true&connection_limit=1',
  ])('%s is the same after it was written as a URL', (text) => {
    expect(parseAddress(toUrl(parseAddress(text)))).toEqual(parseAddress(text))
  })

  test('is the same for node-postgres and for tools', () => {
    const address = parseAddress(
      'postgresql://u:p@h:6/d?hostaddr=10.0.0.1&sslmode=verify-ca&channel_binding=require&connect_timeout=7',
    )
    expect(toolEnvironment(address)).toMatchObject({
      ...{ PGHOST: 'h', PGHOSTADDR: '10.0.0.1', PGPORT: '6', PGUSER: 'u', PGPASSWORD: 'p', PGDATABASE: 'd' },
      ...{ PGSSLMODE: 'verify-ca', PGCHANNELBINDING: 'require', PGCONNECT_TIMEOUT: '7', PGGSSENCMODE: 'disable' },
    })
    expect(clientConfig(address)).toMatchObject({
      ...{ host: '10.0.0.1', port: 6, user: 'u', password: 'p', database: 'd', connectionTimeoutMillis: 7000 },
    })
  })
})

describe('what is defined elsewhere', () => {
  let home: string
  const resolved = async (text: string, environment: Record<string, string> = {}) =>
    parseAddress(await resolveConnection(text, { HOME: home, ...environment }))

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'resguardo-home-'))
    await mkdir(join(home, '.postgresql'))
    await writeFile(join(home, 'ca.crt'), 'an authority')
    await writeFile(join(home, 'open.key'), 'a key')
    await chmod(join(home, 'open.key'), 0o644)
    await writeFile(join(home, '.pgpass'), '# all\nh:5432:other:u:wrong\nh:*:d:u\\:x:of u\\:x:y\n*:*:*:u:of u\n', {
      mode: 0o600,
    })
    await writeFile(join(home, 'services'), '[other]\nhost=no\n\n# ours\n[ours]\nhost=s\nport=7\nuser=su\ndbname=sd\n')
  })
  afterAll(() => rm(home, { recursive: true, force: true }))

  test.each([
    ['PGUSER', 'postgresql://h/d', { PGUSER: 'u' }, { user: 'u', password: 'of u' }],
    ['PGPASSWORD before a password file', 'postgresql://u@h/d', { PGPASSWORD: 'p' }, { password: 'p' }],
    [
      'the URL before all',
      'postgresql://u:own@h/d',
      { PGPASSWORD: 'p', PGUSER: 'no', PGHOST: 'no' },
      { user: 'u', password: 'own', host: 'h' },
    ],
    [
      'PGHOST, PGPORT, PGDATABASE',
      'postgresql://',
      { PGHOST: 'e', PGPORT: '9', PGDATABASE: 'ed' },
      { host: 'e', port: 9, database: 'ed' },
    ],
    ['PGSSLMODE', 'postgresql://h/d', { PGSSLMODE: 'require' }, { sslMode: 'require' }],
    ['a password file with escapes', 'postgresql://u%3Ax@h/d', {}, { password: 'of u:x:y' }],
    ['the user of the system', 'postgresql://h/d', {}, { user: userInfo().username }],
    ['key=value', 'host=h dbname=d user=u', {}, { host: 'h', password: 'of u' }],
  ] as const)('is found: %s', async (_, text, environment, expected) => {
    expect(await resolved(text, environment)).toMatchObject(expected)
  })

  test('a service comes after the text and before the environment', async () => {
    const environment = { PGSERVICEFILE: join(home, 'services'), PGUSER: 'no', PGHOST: 'no' }
    expect(await resolved('postgresql:///?service=ours', environment)).toMatchObject({
      host: 's',
      port: 7,
      user: 'su',
      database: 'sd',
    })
    expect(await resolved('postgresql:///d', { ...environment, PGSERVICE: 'ours' })).toMatchObject({
      host: 's',
      database: 'd',
    })
    await expect(resolved('postgresql:///?service=none', environment)).rejects.toMatchObject({
      code: 'postgres/no-such-service',
    })
  })

  test('a password file that others may read counts as absent', async () => {
    const file = join(home, 'open')
    await writeFile(file, '*:*:*:*:p')
    await chmod(file, 0o644)
    expect((await resolved('postgresql://u@h/d', { PGPASSFILE: file })).password).toBeUndefined()
    await chmod(file, 0o600)
    expect((await resolved('postgresql://u@h/d', { PGPASSFILE: file })).password).toBe('p')
  })

  test.each([
    ['a file that is not there', 'sslmode=require&sslrootcert=/nope.crt'],
    ['no authority to verify with', 'sslmode=verify-full'],
    ['a folder', 'sslmode=require&sslcert=/tmp'],
  ])('certificates: %s is refused', async (_, query) => {
    await expect(resolved(`postgresql://h/d?${query}`)).rejects.toMatchObject({
      code: 'postgres/certificate-file',
      kind: 'usage',
    })
  })

  test('certificates: a key that others may read is refused', async () => {
    const query = `sslmode=require&sslcert=${home}/ca.crt&sslkey=${home}/open.key`
    await expect(resolved(`postgresql://h/d?${query}`)).rejects.toMatchObject({ code: 'postgres/certificate-file' })
  })

  test('certificates: those in ~/.postgresql count, unless TLS is off', async () => {
    const file = join(home, '.postgresql', 'root.crt')
    await writeFile(file, 'an authority')
    expect(await resolved('postgresql://h/d?sslmode=verify-full')).toMatchObject({ sslRootCert: file })
    expect((await resolved('postgresql://h/d?sslmode=disable')).sslRootCert).toBeUndefined()
    await rm(file)
  })

  test('certificates: system means a file of authorities, and verify-full', async () => {
    const environment = { SSL_CERT_FILE: join(home, 'ca.crt') }
    expect(await resolved('postgresql://h/d?sslrootcert=system', environment)).toMatchObject({
      sslMode: 'verify-full',
      sslRootCert: join(home, 'ca.crt'),
    })
    await expect(resolved('postgresql://h/d?sslrootcert=system&sslmode=require', environment)).rejects.toMatchObject({
      code: 'postgres/invalid-url',
    })
  })

  test.each([
    'host=a,b,c port=1,2 dbname=d',
    'host=a,b hostaddr=1.2.3.4 dbname=d',
    'host=a dbname=d target_session_attrs=best',
  ])('%s is refused', async (text) => {
    await expect(resolved(text)).rejects.toMatchObject({ code: 'postgres/invalid-url' })
  })
})
