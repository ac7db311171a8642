/** The protocols of SMS and WhatsApp in front of the mailbox. */
import * as z from 'zod'
import { tagsOfContext } from '../../aws/sms-context.ts'
import { readTags } from '../../aws/tags.ts'
import type { MessageTags } from '../../runtime/ports.ts'
import type { Mailbox } from './mailbox.ts'
import { type Call, json, parseBody, type Request, type Service, ServiceError, target } from './service.ts'

const phone = z.string().regex(/^\+[1-9]\d{6,14}$/, 'not a number in E.164')

const sms = z.object({
  DestinationPhoneNumber: phone,
  OriginationIdentity: z.string().regex(/^[A-Za-z0-9_:/+-]{1,256}$/),
  MessageBody: z.string().min(1).max(1600),
  Context: z
    .record(z.string().regex(/^\S{1,100}$/), z.string().regex(/^(?!\s)[\s\S]{1,800}(?<!\s)$/))
    .refine((context) => Object.keys(context).length <= 5, 'takes five entries')
    .default({}),
})

const whatsapp = z.object({
  originationPhoneNumberId: z.string().min(1).max(100),
  message: z.base64(),
  metaApiVersion: z.string().regex(/^v\d+\.\d+$/),
})

const message = z.object({
  messaging_product: z.literal('whatsapp'),
  to: phone,
  type: z.literal('template'),
  template: z.object({
    name: z.string().min(1),
    language: z.object({ code: z.string().min(2) }),
    components: z
      .array(
        z.object({
          type: z.literal('body'),
          parameters: z.array(z.object({ type: z.literal('text'), text: z.string().min(1) })),
        }),
      )
      .default([]),
  }),
  biz_opaque_callback_data: z.string().max(512).optional(),
})

/** Reads a call with the service's own name for what is wrong with it. */
function reading<T>(refusal: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof z.ZodError) throw new ServiceError(refusal, z.prettifyError(error))
    throw error
  }
}

const about = (tags: MessageTags | undefined) => (tags ? { tags } : {})

export class Sms implements Service {
  readonly #mailbox: Mailbox

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox
  }

  call(request: Request): Call {
    const operation = target(request)
    if (operation !== 'SendTextMessage')
      throw new ServiceError('UnknownOperationException', `not a call we know: ${operation}`, 404)
    return {
      operation,
      run: async () => {
        const asked = reading('ValidationException', () => sms.parse(parseBody(request)))
        const id = await this.#mailbox.acceptText({
          channel: 'sms',
          from: asked.OriginationIdentity,
          to: asked.DestinationPhoneNumber,
          text: asked.MessageBody,
          ...about(tagsOfContext(asked.Context)),
        })
        return json({ MessageId: id }, 'application/x-amz-json-1.0')
      },
    }
  }
}

export class WhatsApp implements Service {
  readonly #mailbox: Mailbox

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox
  }

  call(request: Request): Call {
    if (request.method !== 'POST' || request.path !== '/v1/whatsapp/send')
      throw new ServiceError('ResourceNotFoundException', `not a call we know: ${request.path}`, 404)
    return {
      operation: 'SendWhatsAppMessage',
      run: async () => {
        const { asked, said } = reading('InvalidParametersException', () => {
          const asked = whatsapp.parse(parseBody(request))
          const body = Buffer.from(asked.message, 'base64').toString()
          return { asked, said: message.parse(parseBody({ ...request, body })) }
        })
        const { name, language, components } = said.template
        const values = components.flatMap(({ parameters }) => parameters.map(({ text }) => text))
        const id = await this.#mailbox.acceptText({
          channel: 'whatsapp',
          from: asked.originationPhoneNumberId,
          to: said.to,
          // What it says is with Meta; here there is what it was told to put in.
          text: [
            `${name} (${language.code})`,
            ...values.map((value, index) => `{{${index + 1}}} ${value}`),
          ].join('\n'),
          ...about(readTags(said.biz_opaque_callback_data ?? '')),
        })
        return json({ messageId: id }, 'application/json')
      },
    }
  }
}
