/** Definitions as the outside sends and reads them: a YAML text, or JSON with its templates and scenarios. */
import * as z from 'zod'
import type { WorkflowFiles } from '../../engine/language/compile.ts'
import { parseJson } from './body.ts'
import { bytesOf, jsonObject } from './json-value.ts'
import { fieldErrors, invalid, must } from './problem.ts'
import type { BodyFormat } from './route.ts'

export const definitionFile = 'workflow.yaml'
const scenariosFile = 'scenarios.yaml'

/** A draft is one row of the table, which holds at most 400 KB. */
const largestDraft = 350 * 1024

export const workflowName = z
  .string()
  .max(64, 'Must not be longer than 64 characters.')
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'Must be kebab-case, for example win-back.')

const templates = z.record(z.string(), z.string(must('Must be a text.')), 'Must be an object of files.')

/** A definition, by itself or with what belongs to it. */
export const definitionInput = z
  .strictObject({
    definition: z
      .union([z.string(), jsonObject], 'Must be YAML as a text, or the same as JSON.')
      .describe('YAML as a text, or the same as JSON.'),
    templates: templates.optional().describe('File name → text, for example apology.it.mjml.'),
    scenarios: z
      .union([z.string(), z.array(z.unknown())], 'Must be YAML as a text, or the same as JSON.')
      .optional()
      .describe('YAML as a text, or the same as JSON.'),
  })
  .meta({ id: 'Draft' })

export type DefinitionInput = z.infer<typeof definitionInput>

export interface DraftBody {
  files: WorkflowFiles
  /** Only the definition came: templates and scenarios stay as they are. */
  definitionOnly: boolean
}

const yamlTypes = ['application/yaml', 'application/x-yaml', 'text/yaml']

export const draftBody: BodyFormat<DraftBody> = {
  types: {
    ...Object.fromEntries(yamlTypes.map((type) => [type, z.string()])),
    'application/json': definitionInput,
  },
  optional: false,
  read(text, type) {
    if (type !== 'application/json') return { files: { [definitionFile]: text }, definitionOnly: true }
    const parsed = definitionInput.safeParse(parseJson(text))
    if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues))
    return { files: filesOf(parsed.data), definitionOnly: false }
  },
}

/** @throws Problem 422 for a file that has no place in a workflow's folder. */
export function filesOf({ definition, templates: mails = {}, scenarios }: DefinitionInput): WorkflowFiles {
  const errors = Object.keys(mails)
    .filter((file) => !/^[A-Za-z0-9][A-Za-z0-9_-]*(?:\.[A-Za-z0-9-]+)?\.(?:mjml|txt)$/.test(file))
    .map((file) => ({
      path: `templates[${JSON.stringify(file)}]`,
      message: 'A template is called name.mjml or name.it.mjml, a text name.txt or name.it.txt.',
    }))
  if (errors.length > 0) throw invalid(errors)
  return {
    [definitionFile]: asText(definition),
    ...mails,
    ...(scenarios !== undefined && { [scenariosFile]: asText(scenarios) }),
  }
}

/** @throws Problem 422 when the files do not fit into a row. */
export function checkSize(files: WorkflowFiles): void {
  const bytes = bytesOf(files)
  if (bytes > largestDraft)
    throw invalid([
      {
        path: '',
        message: `Definition, templates and scenarios must not be larger than ${largestDraft} bytes together, and are ${bytes}.`,
      },
    ])
}

/** Files as a JSON answer: what {@link definitionInput} takes. */
export function shownFiles(files: WorkflowFiles) {
  const { [definitionFile]: definition = '', [scenariosFile]: scenarios, ...mails } = files
  return { definition, templates: mails, ...(scenarios !== undefined && { scenarios }) }
}

// JSON is YAML: what came as JSON is kept as JSON, indented so that lines in messages mean something.
function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2)
}
