/** What is wrong with a definition, said to the person who wrote it. */
export interface Issue {
  severity: 'error' | 'warning'
  /** File name inside the workflow's folder: `workflow.yaml`, `apology.it.mjml`, `scenarios.yaml`. */
  file: string
  /** 1-based. */
  line: number
  /** 1-based. */
  column: number
  /** What is wrong and what was expected, in one sentence. */
  message: string
  /** What to do about it. */
  hint?: string
}
