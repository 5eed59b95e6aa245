// A file that a change touches, according to git.

export interface ChangedFile {
  /** `edited` is also a change of mode or of sort (a file that becomes a link). A copy is `added`. */
  readonly change: 'added' | 'edited' | 'renamed' | 'deleted'
  /** Forward slashes, from the repository's root. Of a deleted file, where it was. May hold any character but NUL. */
  readonly path: string
  /** Where a renamed file was. */
  readonly from?: string
  /**
   * Sort of the entry at the path (of a deleted one: of the old entry). The content behind a link or submodule is not
   * part of the change.
   */
  readonly sort: 'file' | 'link' | 'submodule'
  /** Other paths of the same file, through symbolic links that the head's tree holds. */
  readonly aliases?: readonly string[]
}
