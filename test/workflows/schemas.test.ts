/** An editor that opens a file of the library completes and explains it, without a server that runs. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { scenariosJsonSchema, settingsJsonSchema, workflowJsonSchema } from '../../engine/language/schema.ts'

const folder = 'workflows'
const generated = {
  workflow: workflowJsonSchema,
  settings: settingsJsonSchema,
  scenarios: scenariosJsonSchema,
}

test.each(Object.entries(generated))(
  'the schema beside the library is that of the language: %s',
  (kind, schema) => {
    const file = join(folder, '.schemas', `${kind}.json`)
    const again = `npx premura docs ${kind} --schema --out ${file}`
    expect(readFileSync(file, 'utf8'), `write it again: ${again}`).toBe(
      `${JSON.stringify(schema(), null, 2)}\n`,
    )
  },
)

test('each file of the library says where its schema is', () => {
  const folders = readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() && !entry.name.startsWith('.') ? [join(folder, entry.name)] : [],
  )
  const files = folders.flatMap((each) =>
    ['workflow', 'scenarios'].map((kind) => ({ kind, path: join(each, `${kind}.yaml`) })),
  )
  for (const { kind, path } of [{ kind: 'settings', path: join(folder, 'settings.yaml') }, ...files]) {
    const [first = ''] = readFileSync(path, 'utf8').split('\n')
    const [, schema = ''] = /^# yaml-language-server: \$schema=(.+)$/.exec(first) ?? []
    expect(normalize(join(dirname(path), schema)), path).toBe(join(folder, '.schemas', `${kind}.json`))
  }
  expect(existsSync(join(folder, '.schemas'))).toBe(true)
})
