// Detects files of tests: no tool applies them to a real database, although they often contain copies of migrations.

const testFolder = new RegExp(
  '^(__(tests?|fixtures|mocks)__|testdata|testfixtures|(integration|functional|unit|android|acceptance)tests?)$' +
    '|(^|[-_.])(tests?|testing|specs?|e2e|fixtures?|mocks?)$' +
    '|^tests?[-_.](app|cases|data|fixtures|harness|helpers|project|resources|suites?|support|utils)$',
)

const migrationFolder = /^migrate$|[-_]migrate$|migrations?$|^migrations|^migration[-_.]|^versions$|changelog/

/** A folder whose files a tool loads one by one. */
const loadedFolder = /^migration$|^migrate$|[-_]migrate$|migrations$|^migrations[-_.]|^versions$/

/** `0002_tenant.py` directly in `tests/migrations`: Django applications may be named `tests`. */
const djangoName = /^\d{4}_\w+\.py$/

/** `name.test.ts`, `name_spec.rb`. */
const testName =
  /([-_.](tests?|spec|stories|bench)|\.(client|server|integration|e2e)(test|spec))\.([cm]?[jt]sx?|py|rb|exs?|lua|php|rs)$/

/** Go excludes these from programs, in every folder. */
const goTest = /_test\.go$/

const dataName = /\.(json|ya?ml|toml)$/

/**
 * Whether a path, normalized by `plainPath`, belongs to tests: below a folder of tests, or with a test's name. Below a
 * folder of migrations, a folder of tests counts only for data files, because Flyway and others read SQL and code at
 * every depth. The name does not count for a numbered file, or for one directly in a folder of migrations: tools load
 * those whatever their names are.
 */
export function isTestFile(path: string): boolean {
  const folders = path.split('/')
  const name = folders.pop() ?? ''
  if (goTest.test(name)) return true
  const test = folders.findIndex((folder) => testFolder.test(folder))
  const migrations = folders.findIndex((folder) => migrationFolder.test(folder) && !testFolder.test(folder))
  const isBelow = test >= 0 && (migrations < 0 || test < migrations || dataName.test(name))
  if (isBelow) return !(test === folders.length - 2 && djangoName.test(name))
  return testName.test(name) && !/^[a-z]?\d/.test(name) && !loadedFolder.test(folders.at(-1) ?? '')
}
