// Sections of a changelog in the format of keepachangelog.com.

/** The section of a version without its heading; undefined if there is none or it has no date yet. */
export function notesOf(changelog: string, version: string): string | undefined {
  const sections = changelog.split(/^(?=## )/m)
  const section = sections.find((text) => text.startsWith(`## [${version}] - `))
  const [heading = '', ...lines] = section?.split('\n') ?? []
  return /\d{4}-\d\d-\d\d$/.test(heading.trim()) ? lines.join('\n').trim() : undefined
}
