import { expect, test } from 'vitest'
import { createRuntime } from '../../runtime/runtime.ts'
import { Deployment, programOf, send } from './deployment.ts'

test('a list that takes several pages of the table is read to its end', async () => {
  const deployment = new Deployment()
  const names = ['a', 'b', 'c']
  for (const workflow of names) await deployment.publish(programOf([send('thanks', null)], { workflow }))
  deployment.world.table.pageSize = 2
  const { catalog } = createRuntime(deployment.world)
  expect((await catalog.list()).map(({ name }) => name)).toEqual(names)
  expect((await catalog.live()).map(({ name }) => name)).toEqual(names)
})

test('so are the languages of a mail, and the versions of a workflow', async () => {
  const deployment = new Deployment()
  await deployment.publish(programOf([send('thanks', null)]))
  const { table } = deployment.world
  const mail = { name: 'thanks', subject: 'Thanks', html: '<p>', text: '', variables: [] }
  for (const locale of ['de', 'fr', 'it'])
    await table.put(
      { pk: 'W#care', sk: `v#000001#thanks#${locale}`, body: JSON.stringify({ ...mail, locale }) },
      { kind: 'any' },
    )
  for (const version of [1, 2, 3])
    await table.put({ pk: 'W#care', sk: `f#00000${version}`, body: '{"workflow.yaml":""}' }, { kind: 'any' })
  table.pageSize = 2
  const { catalog } = createRuntime(deployment.world)
  expect((await catalog.templates('care', 1, 'thanks')).map(({ locale }) => locale)).toEqual([
    null,
    'de',
    'fr',
    'it',
  ])
  expect((await catalog.get('care'))?.versions.map(({ version }) => version)).toEqual([1, 2, 3])
})
