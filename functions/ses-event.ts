/** SES's events as EventBridge brings them, as far as we look at them. */
import * as z from 'zod'

const recipients = z
  .array(z.object({ emailAddress: z.string(), diagnosticCode: z.string().optional() }).loose())
  .default([])
const timestamp = z.string().optional()

const detail = z.object({
  mail: z.object({
    timestamp: z.string(),
    messageId: z.string().optional(),
    destination: z.array(z.string()).default([]),
    tags: z.record(z.string(), z.array(z.string())).default({}),
  }),
  eventType: z.string(),
  delivery: z.object({ timestamp }).optional(),
  bounce: z
    .object({
      bounceType: z.string(),
      bounceSubType: z.string().optional(),
      bouncedRecipients: recipients,
      timestamp,
    })
    .optional(),
  complaint: z
    .object({
      complainedRecipients: recipients,
      complaintFeedbackType: z.string().nullish(),
      complaintSubType: z.string().nullish(),
      timestamp,
    })
    .optional(),
  reject: z.object({ reason: z.string().optional() }).optional(),
  failure: z.object({ errorMessage: z.string().optional() }).optional(),
  open: z.object({ timestamp }).optional(),
  click: z.object({ timestamp }).optional(),
})

/** EventBridge's envelope around it. */
export const sesEvent = z.object({ id: z.string(), time: z.string(), detail })

export type SesEvent = z.output<typeof sesEvent>
/** As it is written: by SES, and by the embedded default in its place. */
export type SesEventInput = z.input<typeof sesEvent>
