/** `premura docs`: the reference of the language, and the JSON Schemas that editors complete with. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { nearest } from '../../engine/language/nearest.ts'
import { languageReference } from '../../engine/language/reference.ts'
import { scenariosJsonSchema, settingsJsonSchema, workflowJsonSchema } from '../../engine/language/schema.ts'
import { type Command, UsageError } from '../command.ts'

const schemas = new Map([
  ['workflow', workflowJsonSchema],
  ['settings', settingsJsonSchema],
  ['scenarios', scenariosJsonSchema],
])

export const docsCommand: Command = {
  name: 'docs',
  summary: 'write the reference of the language, or its JSON Schema for editors',
  operands: '[workflow|settings|scenarios]',
  description:
    'Writes every word of the language with its meaning, as Markdown. With --schema, the JSON Schema of one kind of file instead (of workflow.yaml, unless settings or scenarios is named): editors that know it complete and explain while you type.',
  options: {
    schema: { type: 'boolean', help: 'the JSON Schema of a file, for editors' },
    out: { type: 'string', value: 'FILE', help: 'write it there instead of showing it' },
  },
  examples: [
    'premura docs --out docs/language-reference.md',
    'premura docs workflow --schema --out workflows/.schemas/workflow.json',
    'premura docs settings --schema',
  ],
  remote: false,
  async run(call) {
    const text = call.flag('schema') ? schemaText(call.operands) : referenceText(call.operands)
    const out = call.text('out')
    if (out === undefined) {
      if (call.flag('json'))
        call.json(JSON.parse(call.flag('schema') ? text : JSON.stringify({ reference: text })))
      else call.say(text.trimEnd())
      return 0
    }
    const path = resolve(call.around.cwd, out)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, text)
    const shown = relative(call.around.cwd, path)
    call.say(`${shown} is written.`)
    call.json({ ok: true, path: shown })
    return 0
  },
}

function referenceText(operands: readonly string[]): string {
  if (operands.length > 0)
    throw new UsageError('The reference is one text.', 'For one kind of file add --schema.')
  return languageReference()
}

function schemaText([file = 'workflow', ...more]: readonly string[]): string {
  const schema = schemas.get(file)
  if (more.length > 0) throw new UsageError('Name one kind of file.')
  if (schema) return `${JSON.stringify(schema(), null, 2)}\n`
  const near = nearest(file, schemas.keys())
  throw new UsageError(
    `There is no schema of ${file}.`,
    near === undefined ? `There are ${[...schemas.keys()].join(', ')}.` : `Did you mean ${near}?`,
  )
}
