/** `premura docs`: the reference and the schemas, as a person or an editor asks for them. */
import { expect, test } from 'vitest'
import { languageReference } from '../../engine/language/reference.ts'
import { settingsJsonSchema, workflowJsonSchema } from '../../engine/language/schema.ts'
import { shell } from './shell.ts'

test('shows the reference, or writes it into a file', async () => {
  const { run, read } = await shell()
  expect(await run('docs')).toEqual({ code: 0, out: languageReference(), err: '' })
  expect(await run('docs --out reference.md')).toEqual({
    code: 0,
    out: 'reference.md is written.\n',
    err: '',
  })
  expect(await read('reference.md')).toBe(languageReference())
})

test('shows the schema of a kind of file, or writes it', async () => {
  const { run, read } = await shell()
  expect(JSON.parse((await run('docs --schema')).out)).toEqual(workflowJsonSchema())
  expect((await run('docs settings --schema --out workflows/.schemas/settings.json')).code).toBe(0)
  expect(JSON.parse(await read('workflows/.schemas/settings.json'))).toEqual(settingsJsonSchema())
})

test('answers machines in JSON', async () => {
  const { run } = await shell()
  expect(JSON.parse((await run('docs --json')).out)).toEqual({ reference: languageReference() })
  expect(JSON.parse((await run('docs --schema --json')).out)).toEqual(workflowJsonSchema())
  expect(JSON.parse((await run('docs --out a.md --json')).out)).toEqual({ ok: true, path: 'a.md' })
})

test.each([
  ['docs workflow', 'The reference is one text.'],
  ['docs setings --schema', 'Did you mean settings?'],
  ['docs nonsense --schema', 'There are workflow, settings, scenarios.'],
  ['docs workflow settings --schema', 'Name one kind of file.'],
])('%s is called wrongly', async (line, message) => {
  const { run } = await shell()
  expect(await run(line)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(message) })
})

test('a file that cannot be written is said in one line', async () => {
  const { run } = await shell()
  await run('docs --out reference.md')
  expect(await run('docs --out reference.md/again.md')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/EEXIST|ENOTDIR/),
  })
})
