// The layers of src/ and what each may import. Written to scripts/lint/layers.json, which the linter reads, and to the
// table in src/README.md.
import { table } from './blocks.ts'

interface Layer {
  /** Other folders of src/ that it may import, or single files of them. */
  readonly layers: readonly string[]
  /** npm packages and modules of Node; `node:*` stands for all modules of Node. */
  readonly packages: readonly string[]
  readonly why: string
  /** Its subfolders do not import each other. */
  readonly separate?: true
}

const node = ['node:*', 'node:*/**']

/** Folder of src/ -> its rule, the lowest layer first. `main` may import all, and nothing imports main. */
export const layers: Readonly<Record<string, Layer>> = {
  domain: {
    layers: [],
    packages: ['node:crypto', 'zod', 'picomatch'],
    why: 'rules without side effects can be tested alone',
  },
  inputs: { layers: ['domain'], packages: [], why: 'every host reads the same tables' },
  ports: {
    layers: ['domain', 'inputs/kinds.ts'],
    packages: ['node:stream', 'node:fs/promises'],
    why: 'interfaces that operations use and other layers implement: types alone',
  },
  streams: {
    layers: ['domain', 'ports'],
    packages: node,
    why: 'streams do not depend on engines and stores',
  },
  sandbox: {
    layers: ['domain', 'ports', 'streams'],
    packages: node,
    why: 'untrusted programs run the same way for all callers',
  },
  git: { layers: ['domain', 'ports', 'streams'], packages: node, why: 'reads the changes of a pull request' },
  github: { layers: ['domain', 'ports'], packages: [...node, '@octokit/core'], why: "GitHub's REST API" },
  engines: {
    layers: ['domain', 'ports', 'streams', 'sandbox'],
    packages: [
      ...node,
      'pg',
      'pg-copy-streams',
      'pg-connection-string',
      'ioredis',
      'cluster-key-slot',
      'archiver',
      'yauzl',
      'zod',
      '@actions/exec',
    ],
    why: 'only operations join engines and stores',
    separate: true,
  },
  stores: {
    layers: ['domain', 'ports', 'streams', 'github', 'inputs/kinds.ts', 'inputs/shared.ts'],
    packages: [...node, '@actions/artifact', '@aws-sdk/*', '@smithy/*'],
    why: 'only operations join engines and stores; a store knows no other store',
    separate: true,
  },
  operations: {
    layers: ['domain', 'ports', 'streams'],
    packages: node,
    why: 'a use case does not depend on an engine, a store or a host (decision 0001)',
  },
  report: {
    layers: ['domain'],
    packages: ['fast-string-width'],
    why: 'a report is data; how it is shown does not depend on the command',
  },
  commands: {
    layers: ['domain', 'inputs', 'ports', 'operations', 'report'],
    packages: node,
    why: 'a command is data; the host passes it its `World`',
  },
  kinds: {
    layers: ['domain', 'inputs', 'ports', 'operations', 'report', 'commands'],
    packages: [],
    why: 'a kind of backup joins its inputs, operations and report; commands know only the list',
  },
  hosts: {
    layers: ['domain', 'inputs', 'ports', 'report', 'commands'],
    packages: [...node, '@actions/core'],
    why: 'a host runs commands without knowing any of them',
  },
}

/** Depths at which a file may be below src/. */
const depths = [1, 2, 3, 4]

/** The overrides of the linter's configuration, as JSON. */
export function layersJson(): string {
  const overrides = Object.entries(layers).flatMap(([name, layer]) =>
    depths.map((depth) => ({
      includes: [`src/${name}/${'*/'.repeat(depth - 1)}*.ts`],
      linter: {
        rules: {
          style: {
            noRestrictedImports: { level: 'error', options: { patterns: patternsOf(name, layer, depth) } },
          },
        },
      },
    })),
  )
  return `${JSON.stringify({ overrides }, undefined, 2)}\n`
}

function patternsOf(name: string, layer: Layer, depth: number) {
  const up = '../'.repeat(depth)
  const allowed = layer.layers.map((path) => `!${up}${path.endsWith('.ts') ? path : `${path}/**`}`)
  const parent = '../'.repeat(depth - 1)
  const outside = layer.separate && depth > 1 ? [`${parent}**`, `!${parent}*.ts`] : [`${up}**`]
  return [
    { group: [...outside, ...allowed], message: `src/${name} may import ${listOf(layer)}: ${layer.why}.` },
    {
      group: ['**', '!./**', '!../**', ...layer.packages.map((one) => `!${one}`)],
      message: `src/${name} may import ${layer.packages.length > 0 ? 'only these packages' : 'no package'}${
        layer.packages.length > 0 ? `: ${layer.packages.join(', ')}` : ''
      }.`,
    },
  ]
}

function listOf({ layers }: Layer): string {
  return layers.length > 0 ? layers.join(', ') : 'no other layer'
}

/** The rows of the table in src/README.md. */
export function layersTable(): string {
  const rows = Object.entries(layers).map(([name, layer]) => {
    const files = layer.layers.map((path) => (path.endsWith('.ts') ? `\`${path}\`` : path))
    return [`\`${name}\``, files.join(', ') || 'no layer', packagesOf(layer), layer.why]
  })
  return table(['folder', 'layers', 'packages', 'why'], [...rows, ['`main`', 'all', 'all', 'composition roots']])
}

/** `Node`: all of its modules. */
function packagesOf({ packages }: Layer): string {
  const others = packages.filter((name) => !node.includes(name)).map((name) => `\`${name}\``)
  return [...(node.every((name) => packages.includes(name)) ? ['Node'] : []), ...others].join(', ') || 'none'
}
