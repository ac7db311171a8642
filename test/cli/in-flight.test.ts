/** `premura push --in-flight`, word for word. */
import { describe, expect, test } from 'vitest'
import type { Surroundings } from '../../cli/command.ts'
import { Api } from '../http/api.ts'
import { settings, shell } from './shell.ts'

const url = 'http://127.0.0.1:8787'

/** Without mails, which take long to compile. */
const care = (step: string) => `workflow: care
topic: service
trigger: { event: purchase }
enroll: { per: event.orderId }
steps:
  - { ${step} }
  - stop: done
`

/** A deployment where three orders wait at the step `pause`, and a folder that has changed since. */
async function connected() {
  const api = new Api()
  const around: Partial<Surroundings> = {
    env: { PREMURA_KEY: await api.key('admin') },
    fetch: async (input, init) => await api.app.request(String(input), init),
  }
  const local = await shell({
    'workflows/settings.yaml': settings,
    'workflows/care/workflow.yaml': care('wait: 3 days, id: pause'),
  })
  const run: typeof local.run = (words, more) => local.run(words, { ...around, ...more })
  expect((await run('push')).code).toBe(0)
  for (const orderId of ['1', '2', '3'])
    await api.post('/v1/events', { type: 'purchase', customerId: 'anna', data: { orderId } })
  await api.settle()
  await local.write({ 'workflows/care/workflow.yaml': care('wait: 5 days, id: rest') })
  const underWay = async () => {
    await api.settle()
    return (await api.get('/v1/workflows/care/under-way')).json.versions
  }
  return { ...local, api, run, underWay }
}

const answer = (said: string): Partial<Surroundings> & { questions: string[] } => {
  const questions: string[] = []
  return {
    questions,
    ask: async (question) => {
      questions.push(question)
      return said
    },
  }
}

describe('premura push --in-flight', () => {
  test('shows where they stand, asks, and moves them', async () => {
    const { run, underWay } = await connected()
    const { questions, ...asked } = answer('yes')
    expect(await run('push --in-flight move --map pause=rest', asked)).toEqual({
      code: 0,
      out: `workflows → ${url}
  settings  unchanged
  care: 3 journeys under way, to be moved to the new version
    version 1  pause → rest  3
  care      published version 2 (changed)

1 workflow pushed, 0 unchanged.
`,
      err: '',
    })
    expect(questions).toEqual([`Move 3 journeys at ${url}? (yes/no) `])
    expect(await underWay()).toEqual([{ version: 2, steps: [{ step: 'rest', journeys: 3 }] }])
  })

  test('changes nothing when the answer is no, and asks nobody with --yes', async () => {
    const { run, api, underWay } = await connected()
    expect(await run('push --in-flight end', answer('no'))).toMatchObject({
      code: 1,
      err: 'error Nothing was pushed.\n',
    })
    expect((await api.get('/v1/workflows/care')).json).toMatchObject({ version: 1 })
    expect(await run('push --in-flight end')).toMatchObject({
      code: 2,
      err: expect.stringContaining('Nobody is there to be asked.\n      Say --yes if you are sure.'),
    })
    expect(await run('push --in-flight end --yes')).toMatchObject({
      code: 0,
      out: expect.stringContaining(
        '  care: 3 journeys under way, to be ended\n    version 1  pause  3\n  care      published version 2',
      ),
    })
    expect(await underWay()).toEqual([])
  })

  test('only shows it in a dry run', async () => {
    const { run, api } = await connected()
    expect(await run('push --dry-run --in-flight move --map pause=rest')).toMatchObject({
      code: 0,
      out: expect.stringContaining('    version 1  pause → rest  3\n  care      to be published (changed)\n'),
    })
    expect((await api.get('/v1/workflows/care')).json).toMatchObject({ version: 1 })
  })

  test('says who would be stranded, and the way out', async () => {
    const { run, underWay } = await connected()
    expect(await run('push --in-flight move --yes')).toMatchObject({
      code: 1,
      err: `error care: Customers stand on steps that are gone, so nothing was published. (422)
      Say where they are to stand with --map OLD=NEW, or leave them in their version with --in-flight stay.

3 journeys stand on step "pause" of version 1, which the new version does not have: name the step where they are to stand.
`,
    })
    expect(await underWay()).toEqual([{ version: 1, steps: [{ step: 'pause', journeys: 3 }] }])
    expect((await run('push')).code).toBe(0)
    expect(await underWay()).toEqual([{ version: 1, steps: [{ step: 'pause', journeys: 3 }] }])
  })

  test('says what is wrong with a map', async () => {
    const { run } = await connected()
    expect(await run('push --in-flight move --map pause=elsewhere --yes')).toMatchObject({
      code: 1,
      err: expect.stringContaining('The new version has no step "elsewhere".'),
    })
  })

  test.each([
    ['push --in-flight leave', '--in-flight is not leave.\n      It is one of stay, move, end.'],
    ['push --map a=b', '--map goes with --in-flight move.'],
    ['push --in-flight end --map a=b', '--map goes with --in-flight move.'],
    ['push --in-flight move --map a', '--map is not a.\n      It names two steps: --map OLD=NEW'],
    ['push --in-flight move --map a=b=c', '--map is not a=b=c.'],
    ['push --in-flight move --map =b', '--map is not =b.'],
    ['push --in-flight end --no-publish', '--in-flight is about publishing, and --no-publish does not.'],
  ])('%s', async (line, message) => {
    const { run } = await shell()
    expect(await run(line)).toMatchObject({ code: 2, err: expect.stringContaining(message) })
  })

  test('a map is for one workflow, and a new one has nobody to move', async () => {
    const { run, write } = await connected()
    await write({ 'workflows/other/workflow.yaml': care('stop: now').replace('care', 'other') })
    expect((await run('push --in-flight move --map pause=rest --yes')).code).toBe(0)
    await write({
      'workflows/care/workflow.yaml': care('wait: 6 days, id: rest'),
      'workflows/other/workflow.yaml': care('stop: later').replace('care', 'other'),
    })
    expect(await run('push --in-flight move --map rest=rest --yes')).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        '--map names steps of one workflow, and 2 would be published: care, other.\n      Name the folder of one.',
      ),
    })
    expect(await run('push --in-flight move --yes')).toMatchObject({
      code: 0,
      out: expect.stringContaining('  other: 0 journeys under way, to be moved to the new version\n'),
    })
  })
})
