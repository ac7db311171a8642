/** What stories break too seldom to plant a bug for: the law by itself, against rows as the product writes them. */
import { expect, test } from 'vitest'
import type { Enrollment } from '../../engine/journey.ts'
import { commitJourney } from '../../runtime/journeys.ts'
import { watchAwaits } from './failures.ts'
import type { Violation } from './laws.ts'
import * as product from './product.ts'
import { StoryTable } from './store.ts'

const enrollment: Enrollment = {
  workflow: 'care',
  version: 1,
  customerId: 'anna',
  key: 'o-1',
  run: 1,
  enteredAt: 1000,
  entry: { id: 'e1', type: 'purchase', at: 1000 },
  phase: 'awaiting',
  step: 'await-1',
  seenEventId: 'e1',
  log: [],
}

/** The journey, as it takes one event after the other. */
async function taking(...ids: string[]): Promise<Violation[]> {
  const table = new StoryTable(() => 1000)
  const seen: Violation[] = []
  watchAwaits(table, product, seen)
  let stored = await commitJourney(table, { enrollment, rev: 0 }, 'p')
  for (const id of ids) {
    const awaited = { id, type: 'reviewed', at: 2000 }
    stored = await commitJourney(table, { ...stored, enrollment: { ...enrollment, awaited } }, 'p')
  }
  return seen
}

test('no await lets through what its journey has taken before', async () => {
  expect(await taking('r1', 'r1', 'r2', 'r2', 'r3')).toEqual([])
  expect(await taking('r1', 'r2', 'r1')).toEqual([
    { law: 'journeys go as the workflow says', what: 'C#anna #care#o-1 1000 e1 took r1 twice' },
  ])
})
