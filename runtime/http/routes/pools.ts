/** Pools of coupon codes that were made elsewhere. */
import * as z from 'zod'
import { loadPool } from '../../coupons.ts'
import { must } from '../problem.ts'
import { line } from '../profile-input.ts'
import { jsonBody, plain, type Route, route } from '../route.ts'

const codes = z
  .strictObject({
    codes: z
      .array(line(64), must('Must be a list of codes.'))
      .min(1, 'Must hold a code.')
      .max(5000, 'Must not hold more than 5000 codes.'),
  })
  .meta({ id: 'CouponCodes' })

export const poolRoutes: Route[] = [
  route({
    ...plain,
    method: 'POST',
    path: '/v1/pools/{pool}',
    scope: 'workflows:write',
    summary: 'Add codes to a coupon pool',
    description:
      'Codes that the pool holds or ever gave out are left as they are, so that repeating a call is harmless. One that a restore has set aside is said to be good by loading it again, and is new.',
    params: z.object({ pool: line(100) }),
    body: jsonBody(codes),
    answers: { 200: { description: 'How many were new.', schema: z.object({ added: z.int() }) } },
    async handle({ runtime, params: { pool }, body }) {
      return { json: { added: await loadPool(runtime, pool, body.codes) } }
    },
  }),
]
