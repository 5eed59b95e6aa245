// A run's summary as a page shows it: parts in order, without markup; the host that shows it escapes and lays it out.

export type StepState = 'done' | 'planned' | 'warning' | 'blocked'

export type SummaryPart =
  /** Level 2 by default; level 3 is below it. */
  | { readonly kind: 'heading'; readonly text: string; readonly level?: 3 }
  | { readonly kind: 'paragraph'; readonly text: string }
  /** Label and value, one row each. */
  | { readonly kind: 'facts'; readonly rows: readonly (readonly [label: string, value: string])[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] }
  | { readonly kind: 'checklist'; readonly items: readonly { readonly text: string; readonly state: StepState }[] }
  /** Commands or text to copy, verbatim. */
  | { readonly kind: 'code'; readonly text: string; readonly language: string }
  /** A Mermaid diagram. */
  | { readonly kind: 'diagram'; readonly text: string }
  /** Folded away under one line. */
  | { readonly kind: 'details'; readonly title: string; readonly parts: readonly SummaryPart[] }
