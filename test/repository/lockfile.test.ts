// That `npm ci` works on every platform: npm leaves packages for other platforms out of the lockfile where its registry lacks them.
import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import lockfile from '../../package-lock.json' with { type: 'json' }

interface Locked {
  readonly version?: string
  readonly dependencies?: Record<string, string>
  readonly optionalDependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
}

const packages = lockfile.packages as Record<string, Locked>

/** Whether a package that stands at `from` finds `name` in the lockfile, looking outwards as Node does. */
function found(from: string, name: string): boolean {
  const outer = from.replace(/(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/, '')
  return `${from === '' ? '' : `${from}/`}node_modules/${name}` in packages || (from !== '' && found(outer, name))
}

test('every package that another one names has an entry, optional ones too', () => {
  const missing = Object.entries(packages).flatMap(([from, { dependencies, optionalDependencies, devDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies, ...(from === '' ? devDependencies : {}) })
      .filter((name) => !found(from, name))
      .map((name) => `${from || 'package.json'} -> ${name}`),
  )
  expect(missing).toEqual([])
})

test('the lockfile is of this package.json, and names no registry', () => {
  const { dependencies, devDependencies, optionalDependencies } = packageJson
  expect(packages['']).toMatchObject({ version: packageJson.version, dependencies, devDependencies, optionalDependencies })
  expect(JSON.stringify(lockfile)).not.toContain('"resolved"')
})
