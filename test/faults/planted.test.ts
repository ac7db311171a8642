/** Each bug that is planted breaks a law within a few stories: laws that catch nothing prove nothing. */
import { expect, test } from 'vitest'
import { check } from './check.ts'
import type { LawName } from './laws.ts'
import { planted, productWith, storiesAbout } from './planted.ts'
import { Pool } from './pool.ts'

/** Stories that a bug may hide in before it must have been seen. */
const MOST = 150
const pool = new Pool(160)

/** What broke first; the laws are named so that the documentation can say which of them catches what. */
const caughtBy: { [bug: string]: LawName } = {}

test('each bug is on the list, and the list names nothing else', () => {
  expect(Object.keys(caughtBy).sort()).toEqual(planted.map(({ name }) => name).sort())
})

test.each(planted.map((bug) => [bug.name, bug] as const))('%s', async (name, bug) => {
  const product = await productWith(bug)
  for (const seed of storiesAbout(bug.about, MOST)) {
    const deletesFirst = bug.deletesFirst ?? false
    const { violations } = await check({ seed, pool, product, deletesFirst })
    if (violations.length === 0) continue
    expect(violations.map(({ law }) => law)).toContain(caughtBy[name])
    return
  }
  expect.fail(`${MOST} stories, and no law was broken`)
})
