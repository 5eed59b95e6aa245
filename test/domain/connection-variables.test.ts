// Connection variables of the scratch database: their names and their URLs.
import { expect, test } from 'vitest'
import { connectionEnvironment, parseConnectionVariable } from '../../src/domain/connection-variables.ts'

test.each([
  ['SHOP_URL', { name: 'SHOP_URL' }],
  ['DATABASE_URL?schema=app&pgbouncer=true', { name: 'DATABASE_URL', parameters: 'schema=app&pgbouncer=true' }],
  ['not a name', undefined],
  ['A=b', undefined],
  ['A?', undefined],
  ['', undefined],
])('%j is parsed as %j', (text, variable) => {
  expect(parseConnectionVariable(text)).toEqual(variable)
})

test('all variables have the same percent-encoded URL with their own parameters', () => {
  const at = { host: '127.0.0.1', port: 5432, user: 'a@b', password: 'p/?#:', database: 'my shop', tls: false }
  const environment = connectionEnvironment(at, [
    { name: 'SHOP_URL' },
    { name: 'DATABASE_URL', parameters: 'schema=app' },
  ])
  const url = 'postgresql://a%40b:p%2F%3F%23%3A@127.0.0.1:5432/my%20shop'
  expect(environment).toEqual({
    ...{ DIRECT_URL: url, SHOP_URL: url, DATABASE_URL: `${url}?schema=app` },
    ...{
      PGHOST: '127.0.0.1',
      PGPORT: '5432',
      PGUSER: 'a@b',
      PGPASSWORD: 'p/?#:',
      PGDATABASE: 'my shop',
      PGSSLMODE: 'disable',
    },
  })
})

test('URLs contain sslmode=disable if the connection is already encrypted', () => {
  const at = { host: '127.0.0.1', port: 5432, user: 'a', password: 'p', database: 'shop', tls: true }
  expect(connectionEnvironment(at, [{ name: 'SHOP_URL', parameters: 'schema=app' }])).toMatchObject({
    DATABASE_URL: 'postgresql://a:p@127.0.0.1:5432/shop?sslmode=disable',
    SHOP_URL: 'postgresql://a:p@127.0.0.1:5432/shop?schema=app&sslmode=disable',
  })
})
