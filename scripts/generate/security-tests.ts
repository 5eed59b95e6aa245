// docs/security-tests.md: the attacks in test/security by class, each with what the attacker tries and that it fails.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseAst } from 'vitest/node'

interface AttackFile {
  /** Name of the file without `.test.ts`. */
  readonly name: string
  /** The first line of the file: the class of attack. */
  readonly heading: string
  /** The second line of the file: what the attacker does. */
  readonly attack: string
  /** The title of each test, after those of its groups. */
  readonly titles: readonly (readonly string[])[]
}

/**
 * The page for all test files of a folder. Throws if a file lacks its two comment lines, or if a title is not a string
 * literal or has a value of its table of cases elsewhere than at the end.
 */
export async function securityTestsPage(folder: string): Promise<string> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.test.ts')).sort()
  const files = await Promise.all(
    names.map(async (name) => attackFile(name, await readFile(join(folder, name), 'utf8'))),
  )
  const count = files.reduce((sum, { titles }) => sum + titles.length, 0)
  const intro = `${count} attack scenarios in ${files.length} files. Each test makes the attack on real servers, files and programs, and fails if the attack succeeds.`
  return [
    '# Security tests',
    '<!-- generated from test/security by npm run generate -->',
    intro,
    ...files.map(section),
    '',
  ].join('\n')
}

/** Parses one test file. Throws like `securityTestsPage`. */
export function attackFile(file: string, source: string): AttackFile {
  const [, heading, attack] = /^\/\/ (.+)\n\/\/ (.+)\n/.exec(source) ?? []
  if (!heading || !attack)
    throw new Error(`${file}: the first two lines must be comments: the class of attack, and what the attacker does`)
  const titles = titlesIn(parseAst(source, { lang: 'ts' }), [], file)
  if (titles.length === 0) throw new Error(`${file}: no test found`)
  return { name: file.replace(/\.test\.ts$/, ''), heading, attack, titles }
}

function section({ name, heading, attack, titles }: AttackFile): string {
  const lines = titles.flatMap((path, at) => {
    const before = titles[at - 1] ?? []
    const shared = path.findIndex((title, depth) => depth === path.length - 1 || title !== before[depth])
    return path.slice(shared).map((title, below) => item(title, shared + below))
  })
  return ['', `## ${heading}`, `${attack} (\`test/security/${name}.test.ts\`)`, '', ...lines].join('\n')
}

/** A group is an item, and its tests are items below it. */
function item(title: string, depth: number): string {
  return `${'  '.repeat(depth)}- ${depth === 0 ? sentence(title) : title}`
}

interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

/** Titles of the tests in a syntax tree, in order; `groups` are the titles of the enclosing groups. */
function titlesIn(node: unknown, groups: readonly string[], file: string): string[][] {
  if (Array.isArray(node)) return node.flatMap((each) => titlesIn(each, groups, file))
  if (!isNode(node)) return []
  const declares = node.type === 'CallExpression' ? declared(node.callee) : undefined
  if (!declares) return Object.values(node).flatMap((each) => titlesIn(each, groups, file))
  const [first, ...others] = node.arguments as unknown[]
  const inner = [...groups, titleText(first, file)]
  return declares === 'describe' ? titlesIn(others, inner, file) : [inner.filter((title) => title !== '')]
}

/** Calls between `test` and the title: `test.each(rows)('…')`. */
const modifiers = new Set(['each', 'for', 'skipIf', 'runIf', 'extend'])

/** Whether a call of this callee declares a test or a group. */
function declared(callee: unknown): 'test' | 'describe' | undefined {
  if (!isNode(callee)) return undefined
  if (callee.type === 'Identifier')
    return callee.name === 'describe' ? 'describe' : /^(test|it)$/.test(String(callee.name)) ? 'test' : undefined
  if (callee.type === 'CallExpression') return declared((callee.callee as Node).object)
  if (callee.type === 'TaggedTemplateExpression') return declared((callee.tag as Node).object)
  if (callee.type !== 'MemberExpression' || modifiers.has(String((callee.property as Node).name))) return undefined
  return declared(callee.object)
}

const placeholder = /%[sdifjo]|\$[A-Za-z_][\w.]*/
/** A value at the end of a title, as in `is refused: %s`, or a title that is nothing else. */
const valueAtEnd = new RegExp(`(: [^:]*|^)(${placeholder.source})[^:]*$`)

/**
 * The text of a title without the value that a table of cases fills in after a colon at its end; '' for a title that is
 * nothing but such a value.
 */
function titleText(title: unknown, file: string): string {
  if (!isNode(title) || title.type !== 'Literal' || typeof title.value !== 'string')
    throw new Error(`${file}: the title of every test and group must be a string literal`)
  const shown = title.value.replace(valueAtEnd, '')
  if (placeholder.test(shown))
    throw new Error(`${file}: a title may contain a value of a table only at its end: "${shown}"`)
  return shown.replace(/[<*]/g, '\\$&')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}
