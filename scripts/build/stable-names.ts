// Chunk names derived from the paths of the inputs, not from their content: a changed line then changes one file, not
// all its importers.
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Metafile } from 'esbuild'

/** esbuild's name of every chunk (`chunk-ABCD1234.js`) -> its stable name (`pg-1f3c9a.js`). */
export function stableNames(metafile: Metafile): Map<string, string> {
  const names = new Map<string, string>()
  for (const [path, output] of Object.entries(metafile.outputs)) {
    if (!path.includes('/chunks/')) continue
    const inputs = Object.keys(output.inputs).map(withinPackages).sort()
    const heaviest = Object.entries(output.inputs).sort(
      ([a, { bytesInOutput: x }], [b, { bytesInOutput: y }]) => y - x || (a < b ? -1 : 1),
    )
    // A chunk without sources contains esbuild's own helpers, or is empty.
    const leading = output.entryPoint ?? heaviest[0]?.[0] ?? (output.exports.length > 0 ? 'runtime' : 'empty')
    const digest = createHash('sha256')
      .update(`${withinPackages(output.entryPoint ?? '')}\n${inputs.join('\n')}`)
      .digest('hex')
    names.set(basename(path), `${label(leading)}-${digest.slice(0, 8)}.js`)
  }
  if (new Set(names.values()).size !== names.size) throw new Error('two chunks would get the same name')
  return names
}

/** `node_modules/pg/lib/index.js` -> `pg`, `src/commands/list/list.ts` -> `list`. */
function label(path: string): string {
  const inPackage = packageOf(path)
  return (inPackage ?? basename(path).replace(/\.[a-z]+$/, ''))
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

/** The path from node_modules on, which does not depend on where that folder is. */
function withinPackages(path: string): string {
  return path.replace(/^.*?(?=node_modules\/)/, '')
}

/** The npm package that a bundled file belongs to. */
function packageOf(path: string): string | undefined {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]
}
