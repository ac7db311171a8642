/** The outside of a burst in a process of its own: answers what its parent calls, and ends with it. */
import * as z from 'zod'
import { outsideHere } from '../../test/runtime/burst-outside.ts'
import { calls } from './outside-apart.ts'

const asked = z.object({ id: z.number(), name: z.enum(calls), args: z.array(z.unknown()) })

const outside = outsideHere()
process.on('message', async (message) => {
  const { id, name, args } = asked.parse(message)
  try {
    process.send?.({ id, value: await Reflect.apply(outside[name], outside, args) })
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? error.message : String(error) })
  }
})
