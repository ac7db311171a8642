/** What the tables of newcomers' slips are written in. */
import type { Issue } from '../../../engine/issue.ts'
import { compile, head, mail } from './workshop.ts'

/** [what went wrong, the definition, everything that is told about it] */
export type Mistake = [string, string, string[]]

export const steps = (text: string) => `${head}steps:\n${text}`
export const top = (text: string) => head + text

/** What is told of a definition that has one mail, which it need not send. */
export async function slips(definition: string): Promise<Issue[]> {
  const { issues } = await compile(definition, { 'thank-you.mjml': mail() })
  return issues.filter(
    ({ file, message }) => file === 'workflow.yaml' || message !== 'No step sends this mail',
  )
}
