/** Performs what a journey has claimed, and says what came of it. Everything but a send can be done twice for once. */
import { REQUESTED } from '../engine/consent.ts'
import { startOf } from '../engine/booked.ts'
import { mailFrame } from '../engine/mail/frame.ts'
import { type MailVariables, pickTemplate, renderMail, TemplateError } from '../engine/mail/render.ts'
import type { CompiledTemplate } from '../engine/mail/template.ts'
import type {
  Context,
  EffectCommand,
  EmitCommand,
  Enrollment,
  Performed,
  SendCommand,
} from '../engine/journey.ts'
import type { CareEvent } from '../engine/model.ts'
import { occasionAt } from '../engine/occasion.ts'
import type { Program } from '../engine/program.ts'
import { renderText } from '../engine/text/render.ts'
import { carries, isMail, isText } from '../engine/text/template.ts'
import { zoneOf } from '../engine/time.ts'
import { variablesFor } from '../engine/variables.ts'
import { holdCoupon } from './coupons.ts'
import { mergeInto } from './customers.ts'
import { idOfEmitted } from './emitted.ts'
import { accept } from './ingest.ts'
import type { StoredJourney } from './journeys.ts'
import { mailLinks } from './links.ts'
import type { MessageTags, OutgoingMail } from './ports.ts'
import type { Session } from './session.ts'
import { openTask } from './tasks.ts'
import { isTextChannel, nameOfMessage, NOT_SET_UP, sendText } from './texts.ts'
import { callWebhook } from './webhooks.ts'

export async function perform(
  session: Session,
  program: Program,
  journey: StoredJourney,
  command: EffectCommand,
  context: Context,
): Promise<Performed> {
  const { runtime, loaded } = session
  const { enrollment } = journey
  switch (command.kind) {
    case 'send':
      return await send(session, program, enrollment, command, context)
    case 'coupon':
      return await holdCoupon(runtime, enrollment, command)
    case 'task':
      await openTask(runtime, enrollment, command, context.event, context.now)
      return { status: 'done' }
    case 'set':
      Object.assign(loaded, await mergeInto(runtime, loaded, command.values, 'workflow'))
      return { status: 'done' }
    case 'webhook':
      return await callWebhook(session, enrollment, command, context)
    case 'emit':
      // As old as what it follows from: of somebody who is erased meanwhile it is from before.
      await accept(runtime, [{ event: emitted(enrollment, command, context) }], loaded.readAt)
      return { status: 'done' }
  }
}

function emitted(enrollment: Enrollment, command: EmitCommand, { now }: Context): CareEvent {
  const { event: type, data, hops, step } = command
  const { customerId, claim } = enrollment
  const id = idOfEmitted(enrollment, step)
  return { id, type, customerId, at: claim?.at ?? now, data, hops }
}

export function tagsOf(enrollment: Enrollment, step: string, attempt: number): MessageTags {
  const { customerId, workflow, key, run } = enrollment
  return { customerId, workflow, key, run, step: occasionAt(enrollment, step), attempt }
}

async function send(
  session: Session,
  program: Program,
  enrollment: Enrollment,
  command: SendCommand,
  context: Context,
): Promise<Performed> {
  const { runtime, deployment } = session
  const { settings } = deployment
  const { customerId, workflow, version, key, run } = enrollment
  const variants = await runtime.catalog.templates(workflow, version, command.template)
  const locale = context.customer.profile.locale ?? settings.defaultLocale
  const own = variants.filter((one) => carries(command, one))
  const template = pickTemplate(own, command.template, locale)
  if (!template) return { status: 'refused', reason: `there is no template ${command.template}` }

  const { step, topic, survey, channel, to } = command
  const { type, data } = context.event
  const asked = type === REQUESTED && typeof data.topic === 'string' ? data.topic : undefined
  const links = mailLinks(runtime.world.config, {
    customerId,
    workflow,
    key,
    run,
    step: occasionAt(enrollment, step),
    topic,
    to,
    ...(survey && { survey }),
    ...(asked !== undefined && { confirm: { topic: asked, address: to } }),
    ...(program.appointment && {
      appointment: startOf(program.appointment, context, zoneOf(context.customer, settings)),
    }),
    at: enrollment.claim?.at ?? context.now,
  })
  const tags = tagsOf(enrollment, step, enrollment.claim?.attempt ?? 1)
  const variables: MailVariables = {
    ...variablesFor(context, program, enrollment),
    ...mailFrame(template, settings, topic),
    links: {
      unsubscribe: links.unsubscribe,
      preferences: links.preferences,
      ...(links.confirm !== undefined && { confirm: links.confirm }),
    },
    ...(links.appointment && { appointment: links.appointment }),
    ...(survey && { survey: { link: links.survey } }),
  }
  let outcome: Performed
  try {
    outcome =
      isText(template) && isTextChannel(channel)
        ? await sendText(session, customerId, {
            channel,
            tags,
            to,
            ...(template.from !== undefined && { from: template.from }),
            ...renderText(template, variables),
          })
        : isMail(template)
          ? await sendMail(session, command, template, { tags, variables, headers: links.headers })
          : NOT_SET_UP
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return { status: 'refused', reason: `template ${command.template}: ${error.message}` }
  }
  // The name of the error alone: its text may quote an address. An alarm watches this line.
  if (outcome.status === 'retry' && outcome.hold)
    runtime.world.log('warn', 'mail.held', { workflow, channel, reason: nameIn(outcome.reason) })
  return outcome
}

async function sendMail(
  { runtime, deployment: { settings } }: Session,
  command: SendCommand,
  template: CompiledTemplate,
  { variables, ...envelope }: Pick<OutgoingMail, 'tags' | 'headers'> & { variables: MailVariables },
): Promise<Performed> {
  const from = command.from ?? template.from ?? 'default'
  const sender = settings.senders[from] ?? { from }
  const replyTo = command.replyTo ?? template.replyTo ?? sender.replyTo ?? settings.senders.default.replyTo
  const mail: OutgoingMail = {
    tags: envelope.tags,
    from: sender.from,
    ...(replyTo !== undefined && { replyTo }),
    to: command.to,
    ...renderMail(template, variables),
    headers: envelope.headers,
  }
  const outcome = runtime.pacing.email.heard(await runtime.world.sender.send(mail), nameOfMessage(mail.tags))
  if (outcome.status === 'sent') return { status: 'done' }
  if (outcome.status !== 'unknown') return outcome
  // The provider may know at once what the lost answer did not say.
  switch (await runtime.world.sender.find(mail.tags)) {
    case 'sent':
      return { status: 'done' }
    case 'unsent':
      return { status: 'retry', reason: outcome.reason }
    default:
      return outcome
  }
}

export const nameIn = (reason: string) => /^\w+/.exec(reason)?.[0] ?? 'unknown'
