/**
 * Outgoing calls, signed after the Standard Webhooks specification. The same step of the same journey always calls under
 * the same id, so that a receiver who gets it twice can tell.
 */
import { createHmac } from 'node:crypto'
import * as z from 'zod'
import type { Context, Enrollment, Performed, WebhookCommand } from '../engine/journey.ts'
import type { Json, Settings } from '../engine/model.ts'
import { occasionAt } from '../engine/occasion.ts'
import { formatInstant } from '../engine/time.ts'
import { outcomeOfAnswer } from '../engine/webhook-answer.ts'
import { digest } from './ingest.ts'
import { linkSecretsOf } from './links.ts'
import type { RuntimeConfig } from './ports.ts'
import type { Session } from './session.ts'

const SCHEME = 'whsec_'

/**
 * What a receiver checks signatures with. It follows from the deployment's link secret and a name, so that nothing has
 * to be stored; another name is another secret.
 */
export function webhookSecret({ linkSecret }: Pick<RuntimeConfig, 'linkSecret'>, name: string): string {
  return `${SCHEME}${createHmac('sha256', linkSecret).update(`premura webhook 1\n${name}`).digest('base64')}`
}

/** One signature of the `webhook-signature` header, which may hold several with spaces between them. */
function signWebhook(secret: string, id: string, seconds: number, body: string): string {
  const key = Buffer.from(secret.slice(SCHEME.length), 'base64')
  return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
}

/** The webhooks of the settings, with their secrets: for those who set up the other end. */
export function listWebhooks(
  config: Pick<RuntimeConfig, 'linkSecret'>,
  { webhooks = {} }: Settings,
): { name: string; url: string; secret: string }[] {
  return Object.entries(webhooks).map(([name, { url, secret = name }]) => ({
    name,
    url,
    secret: webhookSecret(config, secret),
  }))
}

export async function callWebhook(
  { runtime, deployment }: Session,
  enrollment: Enrollment,
  command: WebhookCommand,
  { now }: Context,
): Promise<Performed> {
  const { config, webhooks, log } = runtime.world
  const { name, step, data } = command
  const { customerId, workflow, key, run, claim } = enrollment
  const known = deployment.settings.webhooks ?? {}
  const target = Object.hasOwn(known, name) ? known[name] : undefined
  if (!target) return { status: 'refused', reason: `there is no webhook ${name} in the settings` }

  const occasion = occasionAt(enrollment, step)
  const id = `msg_${digest([customerId, workflow, key, run, occasion].join('\n'))}`
  const journey = { workflow, key, run, step: occasion }
  const timestamp = formatInstant(claim?.at ?? now)
  const body = JSON.stringify({ type: name, timestamp, customerId, journey, data })
  const seconds = Math.floor(now / 1000)
  // While the secret of links is rotated, receivers check with the old or the new one, and take either.
  const signatures = linkSecretsOf(config).map((linkSecret) =>
    signWebhook(webhookSecret({ linkSecret }, target.secret ?? name), id, seconds, body),
  )
  const outcome = await webhooks.call({
    url: target.url,
    headers: [
      { name: 'content-type', value: 'application/json' },
      { name: 'user-agent', value: 'Premura' },
      { name: 'webhook-id', value: id },
      { name: 'webhook-timestamp', value: String(seconds) },
      { name: 'webhook-signature', value: signatures.join(' ') },
    ],
    body,
  })
  switch (outcome.status) {
    case 'answered': {
      const done = outcomeOfAnswer(outcome.code, jsonOf(outcome.body), outcome.retryAfterMs)
      if (done.status !== 'done') log('warn', 'webhook.refused', { workflow, step, code: outcome.code })
      return done
    }
    case 'refused':
      log('warn', 'webhook.refused', { workflow, step, reason: outcome.reason })
      return { status: 'refused', reason: outcome.reason }
    case 'unreachable':
      return { status: 'retry', reason: outcome.reason }
  }
}

const json: z.ZodType<Json> = z.json()

function jsonOf(text: string | undefined): Json | undefined {
  try {
    return text === undefined ? undefined : json.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
