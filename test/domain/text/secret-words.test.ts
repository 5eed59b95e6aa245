// The passwords and the names in a connection URL.
import { expect, test } from 'vitest'
import { isCommon, namesIn, passwordsIn } from '../../../src/domain/text/secret-words.ts'

test.each([
  ['postgresql://shop:s3cr%40t@db:5432/x', ['s3cr%40t', 's3cr@t']],
  ['POSTGRESQL://shop:s3cr%40t@db:5432/x', ['s3cr%40t', 's3cr@t']],
  ['postgresql://shop@db/x?password=pass%2Fword', ['pass%2Fword', 'pass/word']],
  ['postgresql://shop:100%@db/x', ['100%']],
  ['postgresql://shop:ge/he?im@db/x', ['ge/he?im']],
  ['postgresql://shop:secret@db/x?application_name=a@b', ['secret']],
  ['postgresql://shop@db/x', []],
  ['no URL: at all@here', []],
])('the passwords in %s are found', (url, passwords) => {
  expect(passwordsIn(url)).toEqual(passwords)
})

test('the names in a URL are all its decoded parts except the password', () => {
  expect(namesIn('postgresql://sh%6Fp:geheim12@a,b:5432/x?user=u&password=geheim12')).toEqual(
    expect.arrayContaining(['shop', 'a', 'b', '5432', 'x', 'u']),
  )
  expect(namesIn('postgresql://shop:geheim12@db/x?password=geheim12')).not.toContain('geheim12')
  expect(namesIn('geheim12')).toEqual([])
})

test('short words and default passwords are too common to be hidden', () => {
  expect(['abc', 'Postgres', 'minioadmin', 'geheim12'].map(isCommon)).toEqual([true, true, true, false])
})
