// A file that a change touches, according to git.

export interface ChangedFile {
  /** `edited` includes a change of mode or type (a file that becomes a link). A copy is `added`. */
  readonly change: 'added' | 'edited' | 'renamed' | 'deleted'
  /** Forward slashes, relative to the repository's root. For a deleted file, its old path. May contain all but NUL. */
  readonly path: string
  /** The old path of a renamed file. */
  readonly from?: string
  /**
   * Type of the entry at the path (for a deleted file: of the old entry). The content behind a link or submodule is not
   * part of the change.
   */
  readonly sort: 'file' | 'link' | 'submodule'
  /** Other paths of the same file, through symbolic links in the head's tree. */
  readonly aliases?: readonly string[]
}
