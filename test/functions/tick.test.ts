/** What the tick says of messages that failed: an alarm counts the line. */
import { expect, test } from 'vitest'
import { emptyLetters } from '../../functions/tick.ts'
import { bury } from '../../runtime/failures.ts'
import { createRuntime } from '../../runtime/runtime.ts'
import { memoryWorld } from '../memory-world.ts'

const poison = (world: ReturnType<typeof memoryWorld>) => {
  const deadAt = world.clock.now()
  return { messageId: 'm-1', group: 'g', body: 'x', receivedAt: deadAt, deadAt, tries: 5, reason: 'no' }
}

test('the tick counts what waits for somebody', async () => {
  const world = memoryWorld()
  const runtime = createRuntime(world)
  await emptyLetters(runtime)
  await bury(runtime, poison(world))
  await emptyLetters(runtime)
  const counts = world.lines
    .filter(({ message }) => message === 'failures.open')
    .map(({ facts }) => facts.count)
  expect(counts).toEqual([0, 1])
})

test('a queue that cannot be read is said, and breaks nothing else', async () => {
  const world = memoryWorld()
  const away = {
    receive: async () => {
      throw new TypeError('anna@example.com')
    },
    delete: async () => {},
  }
  await emptyLetters(createRuntime({ ...world, deadLetters: { work: away, timers: away } }))
  expect(world.lines).toEqual([
    { level: 'error', message: 'dead-letters.unread', facts: { error: 'TypeError' } },
  ])
})
