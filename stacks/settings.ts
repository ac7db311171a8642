/** Everything that a deployment can be told, with its meaning and its default. `premura.config.ts` says what differs. */
import * as z from 'zod'

const dollars = z.number().positive()
const days = z.union(
  [1, 3, 5, 7, 14, 30, 60, 90, 180, 365].map((count) => z.literal(count)),
  'expects one of CloudWatch’s spans: 1, 3, 5, 7, 14, 30, 60, 90, 180 or 365 days',
)
const hostname = z.string().regex(/^(?:[a-z0-9-]+\.)+[a-z]{2,}$/, 'expects a host name: care.example.com')

/** A Route 53 zone in this account. */
const hostedZone = z.strictObject({
  /** `Z0123456789ABC`, as `aws route53 list-hosted-zones` shows it. */
  id: z.string().regex(/^Z[A-Z0-9]+$/, 'expects the id of a hosted zone: Z0123456789ABC'),
  name: hostname,
})

const domain = z.strictObject({
  /** `care.example.com`; certificate and records are made in the zone. */
  name: hostname,
  hostedZone,
})

/** `docs/operations/settings.md` has a line for each. */
export const schema = z.strictObject({
  /** Keeps data when the stack goes, protects the table from deletion, and backs it up. For `prod` and `production` unless said otherwise. */
  production: z.boolean(),

  storage: z
    .strictObject({
      /** A table that is there already, such as one restored from a backup: it is used instead of one of this stack. */
      table: z.string().min(3).optional(),
    })
    .prefault({}),

  mail: z.strictObject({
    /** Whom SES sends as: the domain of the senders in `workflows/settings.yaml` (`example.com`), or one address. */
    identity: z.union([hostname, z.email()]),
    /**
     * SES knows it already, because another stage or somebody by hand made it there: this stage only uses it, and never
     * deletes it. Only production makes it, unless said otherwise.
     */
    existing: z.boolean(),
    /** The domain's zone: the records for DKIM and MAIL FROM are then made, too. */
    hostedZone: hostedZone.optional(),
    /** While SES keeps the account in its sandbox: verified addresses that mails may be tried with. */
    sandboxRecipients: z.array(z.email()).default([]),
    /** Bounces go to this name under the domain, so that SPF is aligned: `bounce` is `bounce.example.com`. */
    mailFrom: z
      .string()
      .regex(/^[a-z0-9-]+$/)
      .default('bounce'),
    /** Conditions like `steps.ID.outcome == "opened"` need to be told; each kind costs a function call a mail. */
    track: z.array(z.enum(['delivery', 'open', 'click'])).default([]),
    /** How long a mail may stay in doubt before its step's `inDoubt` rule decides. */
    inDoubtMinutes: z.number().int().min(5).default(60),
  }),

  texts: z
    .strictObject({
      sms: z
        .strictObject({
          /** Who sends: a number, a pool or a sender ID of End User Messaging SMS. */
          originationIdentityArn: z
            .string()
            .regex(
              /^arn:aws[\w-]*:sms-voice:[a-z0-9-]+:\d{12}:(?:phone-number|pool|sender-id)\/[\w/-]+$/,
              'expects the ARN of a number, pool or sender ID: arn:aws:sms-voice:eu-west-1:123456789012:phone-number/phone-…',
            ),
          /** What that identity may send, in message parts: what more is due waits for its turn. */
          partsPerSecond: z.number().positive().default(1),
        })
        .optional(),
      whatsapp: z
        .strictObject({
          /** Who sends: a number of End User Messaging Social. */
          phoneNumberIdArn: z
            .string()
            .regex(
              /^arn:aws[\w-]*:social-messaging:[a-z0-9-]+:\d{12}:phone-number-id\/[\w-]+$/,
              'expects the ARN of a WhatsApp number: arn:aws:social-messaging:eu-west-1:123456789012:phone-number-id/…',
            ),
          /** What Meta lets that number send. */
          perSecond: z.number().positive().default(80),
        })
        .optional(),
    })
    .prefault({}),

  api: z
    .strictObject({
      domain: domain.optional(),
      /** Requests per second that the API takes on average, over all callers. */
      rate: z.number().int().positive().default(500),
      /** Requests that may come at once. */
      burst: z.number().int().positive().default(1_000),
      /** Requests per second that one key or person may send to one process of the API; each process counts for itself. */
      callerRate: z.number().int().positive().default(50),
      memoryMb: z.number().int().min(256).default(512),
    })
    .prefault({}),

  people: z
    .strictObject({
      /** Whether whoever signs in to the editor has to have a second device (an app that shows codes). */
      mfa: z.enum(['optional', 'required']).default('optional'),
    })
    .prefault({}),

  web: z.strictObject({ domain: domain.optional() }).prefault({}),

  worker: z
    .strictObject({
      memoryMb: z.number().int().min(256).default(512),
      /** How many work side by side at most. SES's send rate is shared by all of them. */
      concurrency: z.number().int().min(2).max(1_000).default(4),
      /** One message takes milliseconds, and seconds where its mail waits for its turn; ten customers' come together. */
      timeoutSeconds: z.number().int().min(20).max(300).default(30),
    })
    .prefault({}),

  /** How long CloudWatch keeps logs. They hold no personal data. */
  logDays: days.default(30),

  alarms: z
    .strictObject({
      /** Who gets the mail when something is wrong; `false`: nobody. Production has to say. */
      email: z
        .union([z.email(), z.literal(false)], 'expects an address, or false: nobody is told then')
        .default(false),
      /** SES reviews an account at 5 % of bounces. */
      bounceRate: z.number().positive().max(1).default(0.04),
      /** SES reviews an account at 0.1 % of complaints. */
      complaintRate: z.number().positive().max(1).default(0.0008),
      /** Share of SES's daily quota. */
      quotaShare: z.number().positive().max(1).default(0.8),
      /** The oldest message waits this long: the worker is behind or stuck. */
      oldestMessageMinutes: z.number().int().positive().default(15),
      /** A mail says so when the account's bill of the month passes 80 % of it and is forecast to pass it. */
      monthlyBudgetUsd: dollars.default(100),
    })
    .prefault({}),
})

/** As written in `premura.config.ts`: what is left out takes its default. */
export type DeploymentSettings = Omit<z.input<typeof schema>, 'production' | 'mail'> & {
  production?: boolean
  mail: Omit<z.input<typeof schema>['mail'], 'existing'> & { existing?: boolean }
}
export type Settings = z.output<typeof schema>

export interface Deployment {
  /** Where everything is deployed unless `--region` says otherwise: `eu-west-1`. */
  region: string
  /** For every stage. */
  all: DeploymentSettings
  /** What differs in a stage, by its name. Groups are merged key by key. */
  stages?: { [stage: string]: { [group in keyof DeploymentSettings]?: Partial<DeploymentSettings[group]> } }
}

/** Says a deployment, checked by the compiler. */
export const deployment = (settings: Deployment): Deployment => settings

/** @throws {Error} naming each setting that is wrong, where, and what was expected */
export function settingsOf({ all, stages = {} }: Deployment, stage: string): Settings {
  const own: { [group: string]: unknown } = Object.hasOwn(stages, stage) ? { ...stages[stage] } : {}
  const merged: { [group: string]: unknown } = { production: /^prod(?:uction)?$/.test(stage), ...all }
  const refused = (problems: string[]) =>
    new Error(`premura.config.ts, stage "${stage}":\n${problems.map((one) => `  ${one}`).join('\n')}`)
  for (const [group, value] of Object.entries(own)) {
    const before = merged[group]
    merged[group] = isGroup(before) && isGroup(value) ? { ...before, ...value } : value
  }
  const { production, mail, alarms } = merged
  if (isGroup(mail)) merged.mail = { existing: production !== true, ...mail }
  const parsed = schema.safeParse(merged)
  if (!parsed.success)
    throw refused(parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`))
  if (parsed.data.production && !(isGroup(alarms) && 'email' in alarms))
    throw refused([
      'alarms.email: production expects an address that is told when something is wrong, or false',
    ])
  return parsed.data
}

const isGroup = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
