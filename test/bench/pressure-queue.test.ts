import { expect, test } from 'vitest'
import { queuePressure } from '../../bench/pressure/queue.ts'

test('what waits weighs little, is handled once and in order over a restart, and leaves nothing', async () => {
  const figures = await queuePressure(60_000, () => {})
  expect(figures).toMatchObject({ lost: 0, twice: 0, outOfOrder: 0, waitingAtRestart: 30_000 })
  // A million of them in less than 600 MB.
  expect(figures.bytesPerMessage).toBeLessThan(500)
  const { memory } = figures
  expect(memory.peakHeap - memory.startHeap).toBeLessThan(20 + 60_000 * 500e-6)
  expect(memory.lastThirdHeap).toBeLessThan(memory.firstThirdHeap)
  expect(memory.endHeap - memory.startHeap).toBeLessThan(5)
})
