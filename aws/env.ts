/** The environment variables that functions read: one schema for the stacks that set them and the code that reads them. */
import * as z from 'zod'

const text = z.string().min(1)
/** `/premura/prod/link-secret`: the name of an SSM parameter; its value never stands in an environment. */
const parameterName = z
  .string()
  .regex(/^\/[\w./-]+$/, 'expects the name of an SSM parameter: /premura/prod/…')

export const environment = z.object({
  PREMURA_TABLE: text,
  PREMURA_QUEUE_URL: z.url(),
  PREMURA_QUEUE_ARN: text,
  /** Where timers go that could not be delivered. */
  PREMURA_DLQ_ARN: text,
  /** Where messages of the work queue lie that failed every time, and the wake-ups that could not be delivered. */
  PREMURA_DEAD_LETTERS_URL: z.url(),
  PREMURA_TIMERS_DEAD_URL: z.url(),
  PREMURA_SCHEDULE_GROUP: text,
  PREMURA_SCHEDULE_ROLE_ARN: text,
  PREMURA_CONFIGURATION_SET: text,
  /** `https://care.example.com` */
  PREMURA_PUBLIC_URL: z.url().transform((url) => url.replace(/\/+$/, '')),
  PREMURA_LINK_SECRET_PARAMETER: parameterName,
  /** Where the first admin key is left for whoever deploys. */
  PREMURA_ADMIN_KEY_PARAMETER: parameterName,
  /** The issuer of people's tokens: `https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_abc`. */
  PREMURA_TOKEN_ISSUER: z.url(),
  PREMURA_TOKEN_CLIENT: text,
  /** How many requests a second one key or person may send to one process of the API. */
  PREMURA_REQUESTS_PER_SECOND: z.coerce.number().int().positive(),
  /** Longer than any invocation of the worker may last. */
  PREMURA_CLAIM_LEASE_MS: z.coerce.number().int().positive(),
  PREMURA_IN_DOUBT_GRACE_MS: z.coerce.number().int().positive(),
  /** How many workers share the account's send rate. */
  PREMURA_MAIL_SHARES: z.coerce.number().int().positive(),
  /** How many parts of SMS, and how many WhatsApp messages, may leave in a second. Without them they leave as they come. */
  PREMURA_SMS_PARTS_PER_SECOND: z.coerce.number().positive().optional(),
  PREMURA_WHATSAPP_PER_SECOND: z.coerce.number().positive().optional(),
  /** Who sends SMS: the ARN of a number, a pool or a sender ID. Without it nobody does. */
  PREMURA_SMS_ORIGINATION: text.optional(),
  /** Where the events of SMS go. Without it nothing is heard of them. */
  PREMURA_SMS_CONFIGURATION_SET: text.optional(),
  /** Who sends by WhatsApp: `phone-number-id-…`. Without it nobody does. */
  PREMURA_WHATSAPP_NUMBER_ID: text.optional(),
})

type Variable = keyof typeof environment.shape

const timers = [
  'PREMURA_QUEUE_ARN',
  'PREMURA_DLQ_ARN',
  'PREMURA_SCHEDULE_GROUP',
  'PREMURA_SCHEDULE_ROLE_ARN',
] as const

/** What each function reads. A stack that sets less than it needs does not compile, and a function that finds less does not start. */
export const variablesOf = {
  api: [
    'PREMURA_TABLE',
    'PREMURA_QUEUE_URL',
    ...timers,
    'PREMURA_PUBLIC_URL',
    'PREMURA_LINK_SECRET_PARAMETER',
    'PREMURA_TOKEN_ISSUER',
    'PREMURA_TOKEN_CLIENT',
    'PREMURA_REQUESTS_PER_SECOND',
  ],
  worker: [
    'PREMURA_TABLE',
    'PREMURA_QUEUE_URL',
    ...timers,
    'PREMURA_CONFIGURATION_SET',
    'PREMURA_PUBLIC_URL',
    'PREMURA_LINK_SECRET_PARAMETER',
    'PREMURA_CLAIM_LEASE_MS',
    'PREMURA_IN_DOUBT_GRACE_MS',
    'PREMURA_MAIL_SHARES',
    'PREMURA_SMS_ORIGINATION',
    'PREMURA_WHATSAPP_NUMBER_ID',
    'PREMURA_SMS_PARTS_PER_SECOND',
    'PREMURA_SMS_CONFIGURATION_SET',
    'PREMURA_WHATSAPP_PER_SECOND',
  ],
  tick: ['PREMURA_TABLE', 'PREMURA_QUEUE_URL', 'PREMURA_DEAD_LETTERS_URL', 'PREMURA_TIMERS_DEAD_URL'],
  sweep: ['PREMURA_TABLE', 'PREMURA_QUEUE_URL', ...timers, 'PREMURA_CLAIM_LEASE_MS'],
  feedback: ['PREMURA_TABLE', 'PREMURA_QUEUE_URL'],
  setup: ['PREMURA_TABLE', 'PREMURA_LINK_SECRET_PARAMETER', 'PREMURA_ADMIN_KEY_PARAMETER'],
} as const satisfies { [name: string]: readonly Variable[] }

export type FunctionName = keyof typeof variablesOf
type VariableOf<F extends FunctionName> = (typeof variablesOf)[F][number]

/** What a stack sets for a function; everything is text there. */
export type EnvironmentVariables<F extends FunctionName> = {
  [name in Exclude<VariableOf<F>, Optional>]: string
} & { [name in Extract<VariableOf<F>, Optional>]?: string }
export type Environment = z.output<typeof environment>
/** What a deployment may do without. */
type Optional = { [name in Variable]: undefined extends Environment[name] ? name : never }[Variable]
export type EnvironmentOf<F extends FunctionName> = Pick<Environment, VariableOf<F>>

/**
 * Reads what a function needs, and says every name that is missing or wrong (never a value).
 *
 * @throws {Error} naming the function and its variables
 */
export function readEnvironment<F extends FunctionName>(
  name: F,
  variables: { [name: string]: string | undefined },
): EnvironmentOf<F> {
  const wanted: readonly VariableOf<F>[] = variablesOf[name]
  const problems: string[] = []
  const values: Partial<Environment> = {}
  for (const variable of wanted) {
    const parsed = environment.shape[variable].safeParse(variables[variable])
    if (parsed.success) Object.assign(values, parsed.data === undefined ? {} : { [variable]: parsed.data })
    else if (variables[variable] === undefined) problems.push(`${variable} is not set`)
    else problems.push(`${variable}: ${parsed.error.issues.map(({ message }) => message).join(', ')}`)
  }
  const complete = (_: Partial<Environment>): _ is EnvironmentOf<F> => problems.length === 0
  if (!complete(values)) throw new Error(`environment of ${name}: ${problems.join('; ')}`)
  return values
}
