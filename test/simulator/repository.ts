// A repository of the simulated GitHub: a git repository on disk, with an owner and a name.
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { git } from './git.ts'

/** Contents by path; all files are text. */
export type Files = Readonly<Record<string, string>>

export interface PullRequest {
  readonly number: number
  /** The branch to merge. */
  readonly head: string
  /** The repository of that branch; default: the same one. */
  readonly from?: Repository
  readonly base?: string
  readonly labels?: readonly string[]
  readonly author?: string
  readonly draft?: boolean
  readonly title?: string
  /** When it last changed; default: now. */
  readonly updated?: Date
}

export class Repository {
  readonly folder: string
  readonly fullName: string
  readonly defaultBranch = 'main'
  /** GitHub's ID of the repository; a fork has another one. */
  readonly id: number
  readonly isPrivate: boolean
  readonly isFork: boolean
  readonly #answers = new Map<string, Promise<string>>()

  constructor(folder: string, fullName: string, options: { isPrivate?: boolean; isFork?: boolean; id?: number } = {}) {
    this.folder = folder
    this.fullName = fullName
    this.isPrivate = options.isPrivate ?? true
    this.isFork = options.isFork ?? false
    this.id = options.id ?? 77
  }

  get owner(): string {
    return this.fullName.split('/')[0] ?? ''
  }

  get name(): string {
    return this.fullName.split('/')[1] ?? ''
  }

  /** The commit that a branch, tag, ref or commit names. */
  resolve(ref: string): Promise<string> {
    return git(this.folder, 'rev-parse', '--verify', '--quiet', `${ref}^{commit}`)
  }

  async has(ref: string): Promise<boolean> {
    return this.resolve(ref).then(
      () => true,
      () => false,
    )
  }

  read(sha: string, path: string): Promise<string> {
    return this.#known(`show ${sha}:${path}`, () => git(this.folder, 'show', `${sha}:${path}`))
  }

  /** Paths of the files below `folder` at a commit. */
  async list(sha: string, folder: string): Promise<string[]> {
    const ask = () => git(this.folder, 'ls-tree', '-r', '--name-only', sha, '--', folder)
    const paths = await this.#known(`ls-tree ${sha} ${folder}`, ask)
    return paths === '' ? [] : paths.split('\n')
  }

  /** Caches the answer: the content of a commit never changes, and every event reads the same files. */
  #known(question: string, ask: () => Promise<string>): Promise<string> {
    const answer = this.#answers.get(question) ?? ask()
    this.#answers.set(question, answer)
    return answer
  }

  /** Paths that differ between two commits. */
  async changed(from: string, to: string): Promise<string[]> {
    const paths = await git(this.folder, 'diff', '--name-only', '--no-renames', from, to)
    return paths === '' ? [] : paths.split('\n')
  }

  mergeBase(a: string, b: string): Promise<string> {
    return git(this.folder, 'merge-base', a, b)
  }

  /** Adds a commit to a branch, which starts at the default branch if it is new. `null` removes a file. */
  async commit(
    changes: Readonly<Record<string, string | null>>,
    options: { branch?: string; message?: string } = {},
  ): Promise<string> {
    const branch = options.branch ?? this.defaultBranch
    const work = await mkdtemp(join(tmpdir(), 'simulated-commit-'))
    try {
      const exists = await this.has(`refs/heads/${branch}`)
      const start = exists ? branch : this.defaultBranch
      await git(this.folder, 'worktree', 'add', '--detach', '--force', work, start)
      for (const [path, content] of Object.entries(changes)) {
        await mkdir(dirname(join(work, path)), { recursive: true })
        if (content === null) await rm(join(work, path))
        else await writeFile(join(work, path), content)
      }
      await git(work, 'add', '--all', '--force')
      await git(work, 'commit', '--quiet', '--allow-empty', '-m', options.message ?? 'change')
      const sha = await git(work, 'rev-parse', 'HEAD')
      await git(this.folder, 'update-ref', `refs/heads/${branch}`, sha)
      return sha
    } finally {
      await git(this.folder, 'worktree', 'remove', '--force', work).catch(() => undefined)
      await rm(work, { recursive: true, force: true })
    }
  }

  tag(name: string, ref = this.defaultBranch): Promise<string> {
    return git(this.folder, 'update-ref', `refs/tags/${name}`, ref)
  }

  /** Points a branch at a commit. */
  async point(branch: string, sha: string): Promise<void> {
    await git(this.folder, 'update-ref', `refs/heads/${branch}`, sha)
  }

  /** Creates a copy under another owner. */
  async fork(owner: string): Promise<Repository> {
    const folder = await mkdtemp(join(tmpdir(), 'simulated-fork-'))
    await git(folder, 'clone', '--quiet', '--bare', this.folder, '.')
    return new Repository(folder, `${owner}/${this.name}`, { isPrivate: this.isPrivate, isFork: true, id: this.id + 1 })
  }

  /** Creates GitHub's refs of a pull request: refs/pull/N/head and refs/pull/N/merge. Throws if it conflicts. */
  async refsOf(pull: PullRequest): Promise<{ head: string; base: string; merge: string }> {
    const source = pull.from ?? this
    const headRef = `refs/pull/${pull.number}/head`
    await git(this.folder, 'fetch', '--quiet', '--force', source.folder, `refs/heads/${pull.head}:${headRef}`)
    const head = await this.resolve(headRef)
    const base = await this.resolve(`refs/heads/${pull.base ?? this.defaultBranch}`)
    const tree = await git(this.folder, 'merge-tree', '--write-tree', base, head)
    const merge = await git(
      this.folder,
      'commit-tree',
      tree,
      '-p',
      base,
      '-p',
      head,
      '-m',
      `Merge ${head} into ${base}`,
    )
    await git(this.folder, 'update-ref', `refs/pull/${pull.number}/merge`, merge)
    return { head, base, merge }
  }

  /** Removes the folder. */
  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true })
  }
}

export interface RepositoryOptions {
  readonly fullName?: string
  readonly isPrivate?: boolean
  /** Files and folders to include; default: all. */
  readonly paths?: readonly string[]
}

async function committed(
  folder: string,
  { fullName = 'acme/shop', isPrivate = true }: RepositoryOptions,
): Promise<Repository> {
  await git(folder, 'init', '--quiet', '--initial-branch=main')
  await git(folder, 'add', '--all', '--force')
  await git(folder, 'commit', '--quiet', '--allow-empty', '-m', 'start')
  // The repository is bare, so that its branches can move.
  await git(folder, 'config', 'core.bare', 'true')
  return new Repository(join(folder, '.git'), fullName, { isPrivate })
}

/** Creates a repository with one commit on main. The caller must call `remove`. */
export async function repositoryWith(files: Files, options: RepositoryOptions = {}): Promise<Repository> {
  const folder = await mkdtemp(join(tmpdir(), 'simulated-repository-'))
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  return new WorkingRepository(folder, await committed(folder, options))
}

/**
 * Creates a repository with one commit of the working tree at `source`: tracked files as they are on disk, and
 * untracked ones that are not ignored. The real workflows, actions and dist/ thus run as they would be committed.
 */
export async function repositoryOf(
  source: string,
  extra: Files = {},
  options: RepositoryOptions = {},
): Promise<Repository> {
  const folder = await mkdtemp(join(tmpdir(), 'simulated-repository-'))
  const { paths = [] } = options
  const listed = await git(
    source,
    'ls-files',
    '-z',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
    '--',
    ...paths,
  )
  const deleted = new Set((await git(source, 'ls-files', '-z', '--deleted')).split('\0'))
  for (const path of listed.split('\0')) {
    if (path !== '' && !deleted.has(path)) await cp(join(source, path), join(folder, path))
  }
  for (const [path, content] of Object.entries(extra)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), content)
  }
  const repository = new WorkingRepository(folder, await committed(folder, options))
  // Otherwise every checkout would search deltas between all files again, which takes most of its time.
  await git(repository.folder, 'repack', '-adq', '--window=0')
  return repository
}

/** A repository whose .git is in a folder that `remove` deletes with it. */
class WorkingRepository extends Repository {
  readonly #outer: string

  constructor(outer: string, inner: Repository) {
    super(inner.folder, inner.fullName, { isPrivate: inner.isPrivate, isFork: inner.isFork })
    this.#outer = outer
  }

  override remove(): Promise<void> {
    return rm(this.#outer, { recursive: true, force: true })
  }
}
