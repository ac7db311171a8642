/** What `premura.config.ts` says about a stage, which holds before anything is deployed. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import { Failure } from '../command.ts'

export interface Intent {
  region: string | undefined
  production: boolean
  /** The domain or address that mails come from. */
  identity: string | undefined
  /** The identity is made elsewhere, so that deploying does not make it. */
  existing: boolean
  /** Who sends texts, where somebody does. */
  texts: { sms?: { arn: string; partsPerSecond: number }; whatsapp?: { id: string } }
}

const file = 'premura.config.ts'

const part = z.object({
  production: z.boolean().optional(),
  mail: z.object({ identity: z.string().optional(), existing: z.boolean().optional() }).optional(),
  texts: z
    .object({
      sms: z.object({ originationIdentityArn: z.string(), partsPerSecond: z.number().default(1) }).optional(),
      whatsapp: z.object({ phoneNumberIdArn: z.string() }).optional(),
    })
    .optional(),
})
const shape = z.object({
  default: z.object({
    region: z.string().optional(),
    all: part.default({}),
    stages: z.record(z.string(), part).default({}),
  }),
})

/** The intent for a stage; without the file only what a stage's name says. */
export async function intentOf(cwd: string, stage: string): Promise<Intent> {
  const { region, all, stages } = await settings(join(cwd, file))
  const own = Object.hasOwn(stages, stage) ? stages[stage] : undefined
  const production = own?.production ?? all.production ?? /^prod(?:uction)?$/.test(stage)
  const { sms, whatsapp } = { ...all.texts, ...own?.texts }
  return {
    region,
    production,
    texts: {
      ...(sms && { sms: { arn: sms.originationIdentityArn, partsPerSecond: sms.partsPerSecond } }),
      ...(whatsapp && { whatsapp: { id: idOf(whatsapp.phoneNumberIdArn) } }),
    },
    identity: own?.mail?.identity ?? all.mail?.identity,
    // Only production makes the identity, unless it is told otherwise.
    existing: own?.mail?.existing ?? all.mail?.existing ?? !production,
  }
}

/** Both `…/0123` and `…/phone-number-id-0123` name `phone-number-id-0123`. */
function idOf(arn: string): string {
  const last = arn.slice(arn.lastIndexOf('/') + 1)
  return last.startsWith('phone-number-id-') ? last : `phone-number-id-${last}`
}

async function settings(path: string): Promise<z.output<typeof shape>['default']> {
  const there = await access(path).then(
    () => true,
    () => false,
  )
  if (!there) return { region: undefined, all: {}, stages: {} }
  const module: unknown = await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new Failure(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  })
  const parsed = shape.safeParse(module)
  if (parsed.success) return parsed.data.default
  throw new Failure(`${file} says something else than expected.\n${z.prettifyError(parsed.error)}`)
}
