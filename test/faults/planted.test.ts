/** Each bug that is planted breaks a law within a few stories: laws that catch nothing prove nothing. */
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { check } from './check.ts'
import type { LawName } from './laws.ts'
import { planted, productWith, storiesAbout } from './planted.ts'
import { points } from './points.ts'
import { Pool } from './pool.ts'

/** Stories that a bug may hide in before it must have been seen. */
const MOST = 200
const pool = new Pool(160)

/** What broke first; the laws are named so that the documentation can say which of them catches what. */
const caughtBy: { [bug: string]: LawName } = {
  'a redelivery does not arm again what a crash left without its timer': 'journeys go as the workflow says',
  'a mail is recorded before it is sent': 'each message once',
  'a claim is not released when the provider says "not now"': 'doubt is stated where it is real',
  'a journey is written whoever wrote it since it was read': 'each message once',
  'a message is deleted before it is worked on': 'every event is worked on',
  'the worker swallows what fails': 'journeys begin where they should',
  'a journey that is put away is gone before it stands on the shelf': 'journeys begin where they should',
  'who has journeys on the shelf enters as if they were not there': 'journeys begin where they should',
  'a journey is put away without a mark that says so': 'nothing is stuck',
  'repeats of an event are known by the queue alone, which forgets after five minutes':
    'journeys go as the workflow says',
  'a mail of which nobody knows is sent again at once': 'each message once',
  'what a crash left open is sent again without asking': 'each message once',
  'a wake is believed, whatever is due': 'journeys go as the workflow says',
  'a code is taken without a claim': 'each code has one holder',
  'a timer that could not be armed is passed over': 'journeys go as the workflow says',
  'the sweep skips what is overdue': 'nothing is stuck',
  'the row of an event is written before anything is decided': 'journeys begin where they should',
  'what came with an event is merged again with every redelivery': 'profiles hold what was set',
  'each try of a task opens a task of its own': 'tasks once',
  'each try of an emit is another event': 'webhooks and emitted events once',
  'an erasure leaves no mark behind while the queue runs out': 'who is erased stays erased',
  'nobody asks whether an event is from before an erasure': 'who is erased stays erased',
  'whoever has come back is not known to have been erased': 'who is erased stays erased',
  'who was erased is refused by nobody': 'who is erased stays erased',
  'an answer behind a link is noted as given before the queue has it': 'answers once',
  'an event reaches only the first journey that listens': 'journeys go as the workflow says',
  'that the provider took a mail settles no doubt': 'reports settle doubts',
  'the worker gives a message up without a word': 'what fails for good is written down',
  'a dead letter is taken out before it is written down': 'what fails for good is written down',
  'the mark of a doubt goes before the doubt is settled': 'doubts are listed',
  'the recount leaves out what came of mails': 'figures are exact',
}

test('each bug is on the list, and the list names nothing else', () => {
  expect(Object.keys(caughtBy).sort()).toEqual(planted.map(({ name }) => name).sort())
})

test('the documentation tells of each of them, and of every point', async () => {
  const text = await readFile(new URL('../../docs/reliability.md', import.meta.url), 'utf8')
  for (const [bug, law] of Object.entries(caughtBy)) expect(text).toContain(`| ${bug} | ${law} |`)
  for (const point of Object.keys(points)) expect(text).toContain(`| \`${point}\` |`)
})

test.each(planted.map((bug) => [bug.name, bug] as const))('%s', async (name, bug) => {
  const product = await productWith(bug)
  for (const seed of storiesAbout(bug.about, MOST)) {
    const deletesFirst = bug.deletesFirst ?? false
    const { violations } = await check({ seed, pool, product, deletesFirst })
    if (violations.some(({ law }) => law === caughtBy[name])) return
  }
  expect.fail(`${MOST} stories, and the law was never broken`)
})
