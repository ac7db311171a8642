/** Pressure on the pacing: journeys due at once, and the memory of the processes that work on them, without their outside. */
import { burst, type BurstFigures } from '../../test/runtime/burst.ts'
import type { BurstOptions } from '../../test/runtime/burst-outside.ts'
import { outsideApart } from './outside-apart.ts'
import { Memory, type MemoryFigures, type Progress } from './watch.ts'

export interface BurstPressureFigures extends BurstFigures {
  memory: MemoryFigures
}

const SAMPLES = 30
/** Each sample is a full collection. */
const LEAST_BETWEEN = 50

export async function burstPressure(
  options: BurstOptions,
  progress: Progress,
): Promise<BurstPressureFigures> {
  const { outside, end } = outsideApart()
  try {
    const { journeys } = options
    progress('enrolling', 0, journeys)
    const memory = new Memory()
    const everyMessages = Math.max(LEAST_BETWEEN, Math.ceil(journeys / SAMPLES))
    const figures = await burst(options, {
      outside,
      onHandled(messages) {
        if (messages % everyMessages === 0) memory.sample()
        progress('working on the burst', messages, journeys)
      },
    })
    return { ...figures, memory: memory.figures() }
  } finally {
    end()
  }
}
