// The built-in rules on layouts that tools document: every migration is found, and no other file.
import { expect, test } from 'vitest'
import { findMigrations } from '../../../src/domain/migrations/find-migrations.ts'
import { migrationPaths } from './layouts.ts'
import { otherPaths } from './other-paths.ts'

const isFound = (path: string) => findMigrations([{ change: 'added', path, sort: 'file' }]).migrations.length > 0

test.each(Object.entries(migrationPaths))('every migration in the layouts of %s is found', (_, paths) => {
  expect(paths.filter((path) => !isFound(path))).toEqual([])
})

test.each(Object.entries(migrationPaths))('migrations of %s are found in upper case', (_, paths) => {
  expect(paths.filter((path) => !isFound(path.toUpperCase()))).toEqual([])
})

test.each(Object.entries(migrationPaths))(
  'migrations of %s are found in a subfolder of a larger repository',
  (_, paths) => {
    expect(paths.filter((path) => !isFound(`apps/shop/${path}`))).toEqual([])
  },
)

test('files next to migrations and files with similar names are not found', () => {
  expect(otherPaths.filter(isFound)).toEqual([])
})
