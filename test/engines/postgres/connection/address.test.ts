import { describe, expect, test } from 'vitest'
import { Failure } from '../../../../src/domain/failures/failure.ts'
import { parseAddress, toolEnvironment, toUrl } from '../../../../src/engines/postgres/connection/address.ts'

describe('a database URL', () => {
  test('is decoded as libpq decodes it', () => {
    expect(
      parseAddress('postgresql://us%40er:p%2Fw%23d@db.example.com:6432/a%2Fb%3Bc?sslmode=require&schema=public'),
    ).toMatchObject({
      user: 'us@er',
      password: 'p/w#d',
      host: 'db.example.com',
      port: 6432,
      database: 'a/b;c',
      sslMode: 'require',
      prismaSchema: 'public',
    })
  })

  test('may name a socket', () => {
    expect(parseAddress('postgresql:///shop?host=/var/run/postgresql')).toMatchObject({
      host: '/var/run/postgresql',
      database: 'shop',
    })
  })

  test('goes there and back', () => {
    for (const url of [
      'postgresql://u:p%40@localhost:5433/sh%20op?sslmode=disable',
      'postgresql://u@db/shop?sslmode=verify-full&sslrootcert=/etc/ca.pem&sslcert=/c.pem&sslkey=/k.pem',
    ]) {
      expect(parseAddress(toUrl(parseAddress(url)))).toEqual(parseAddress(url))
    }
  })

  test('gives the tools its password by the environment, and settings that no database overrides', () => {
    const environment = toolEnvironment(parseAddress('postgresql://u:secret@h/d?options=-c%20geqo%3Doff'))
    expect(environment).toMatchObject({ PGPASSWORD: 'secret', PGTZ: 'UTC' })
    expect(environment.PGOPTIONS).toMatch(/^-c geqo=off .*-c bytea_output=hex/)
  })

  test.each([
    'mysql://u:s3cret@h/d',
    'postgresql://u:s3cret@h',
    'postgresql://u:s3cret@h:99999/d',
    'postgresql://u:s3cret@a,b/d',
    'postgresql://u:s3cret@h/d?sslmode=maybe',
    'postgresql://u:s3c@ret/w#d@h:5432/d',
    'postgresql://u:s3c/ret@h/d',
    'postgresql://u:s3c?ret@h@/d',
    'postgresql://u:s3cret@h/%zz',
  ])('that cannot be (%s) is refused without any of its password', (url) => {
    try {
      parseAddress(url)
    } catch (error) {
      expect(error).toBeInstanceOf(Failure)
      const { code, message, hint = '' } = error as Failure
      expect(code).toBe('postgres/invalid-url')
      expect(message + hint).not.toMatch(/s3c|ret\/w|w#d/)
      return
    }
    throw new Error('it was accepted')
  })
})
