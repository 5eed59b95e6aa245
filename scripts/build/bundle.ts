// Bundles with esbuild into modules whose names stay the same when their content changes.
import { basename } from 'node:path'
import { build, type Metafile, type OutputFile } from 'esbuild'
import { stableNames } from './stable-names.ts'

/** CommonJS packages call `require`, which esbuild's modules do not define. */
const banner =
  "import{createRequire as __bundleRequire}from'node:module';const require=__bundleRequire(import.meta.url);"

interface Bundle {
  /** Path below dist/ -> text. */
  readonly files: ReadonlyMap<string, string>
  /** Every bundled source file, relative to the root. */
  readonly inputs: readonly string[]
}

/** Bundles the entries in memory; the same sources produce the same bytes. */
export async function bundle(root: string, entries: Readonly<Record<string, string>>): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: { ...entries },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    splitting: true,
    platform: 'node',
    target: 'node24',
    minify: true,
    keepNames: true,
    mainFields: ['module', 'main'],
    external: ['pg-native'],
    banner: { js: banner },
    legalComments: 'none',
    logLevel: 'warning',
  })
  const inputs = Object.keys(metafile.inputs)
  return { files: renamed(outputFiles, metafile), inputs }
}

function renamed(outputs: readonly OutputFile[], metafile: Metafile): Map<string, string> {
  const names = stableNames(metafile)
  const rename = (text: string) =>
    text.replaceAll(/[A-Za-z0-9_.-]+-[A-Z0-9]{8}\.js/g, (name) => names.get(name) ?? name)
  return new Map(
    Object.keys(metafile.outputs).map((path) => {
      const output = outputs.find((file) => file.path.replaceAll('\\', '/').endsWith(`/${path}`))
      if (!output) throw new Error(`esbuild gave no ${path}`)
      const below = path.replace(/^dist\//, '')
      return [below.replace(basename(below), rename(basename(below))), rename(output.text)]
    }),
  )
}
