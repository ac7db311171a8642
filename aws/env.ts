/** The environment variables that functions read: one schema for the stacks that set them and the code that reads them. */
import * as z from 'zod'

const text = z.string().min(1)

export const environment = z.object({
  PREMURA_TABLE: text,
  PREMURA_QUEUE_URL: z.url(),
  PREMURA_QUEUE_ARN: text,
  /** Where timers go that could not be delivered. */
  PREMURA_DLQ_ARN: text,
  PREMURA_SCHEDULE_GROUP: text,
  PREMURA_SCHEDULE_ROLE_ARN: text,
  PREMURA_CONFIGURATION_SET: text.optional(),
  /** `https://care.example.com` */
  PREMURA_PUBLIC_URL: z.url().transform((url) => url.replace(/\/+$/, '')),
  PREMURA_LINK_SECRET: z.string().min(32),
  /** Longer than any invocation may last; Lambda's own limit unless set. */
  PREMURA_CLAIM_LEASE_MS: z.coerce.number().int().positive().default(900_000),
  PREMURA_IN_DOUBT_GRACE_MS: z.coerce.number().int().positive().default(3_600_000),
})

/** What the stacks have to set; everything is text there. */
export type EnvironmentVariables = z.input<typeof environment>
export type Environment = z.output<typeof environment>

/** Reads what is there, and says every name that is missing or wrong (never a value: some are secrets). */
export function readEnvironment(variables: { [name: string]: string | undefined }): Environment {
  const parsed = environment.safeParse(variables)
  if (parsed.success) return parsed.data
  const problems = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0])
    return variables[name] === undefined ? `${name} is not set` : `${name}: ${issue.message}`
  })
  throw new Error(`environment: ${problems.join('; ')}`)
}
