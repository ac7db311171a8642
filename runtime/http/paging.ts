/** How lists are paged: `limit` and `cursor`. */
import * as z from 'zod'

/** A whole number in a query. */
export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `Must be a whole number from ${least} to ${most}.`)
    .transform(Number)
    .refine((n) => n >= least && n <= most, `Must be a whole number from ${least} to ${most}.`)

export const pageQuery = (most: number) =>
  z.strictObject({
    limit: wholeNumber(1, most).default(50),
    cursor: z.string().max(2000).optional().describe('From an earlier page.'),
  })
