/** Whether this process can serve. */
import * as z from 'zod'
import type { Runtime } from '../../runtime.ts'
import { Problem } from '../problem.ts'
import { openRoute, plain, type Route } from '../route.ts'

/** Anybody may ask, so the table is asked at most this often. */
const freshMs = 5_000
const lastGood = new WeakMap<Runtime, number>()

export const healthRoutes: Route[] = [
  openRoute({
    ...plain,
    method: 'GET',
    path: '/health',
    summary: 'Can it serve?',
    answers: { 200: { description: 'It can.', schema: z.object({ status: z.literal('ok') }) } },
    async handle({ runtime }) {
      const nowMs = runtime.world.clock.monotonicMs()
      const goodAtMs = lastGood.get(runtime)
      if (goodAtMs === undefined || nowMs - goodAtMs >= freshMs) {
        try {
          await runtime.world.table.get('A', '!health', { consistent: false })
        } catch {
          throw new Problem(503, 'The table does not answer.', { headers: { 'retry-after': '5' } })
        }
        lastGood.set(runtime, nowMs)
      }
      return { json: { status: 'ok' } }
    },
  }),
]
