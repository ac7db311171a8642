/** The body of a SendEmail call: its schema, and the mail in it. */
import * as z from 'zod'

const text = z.object({ Data: z.string(), Charset: z.string().optional() })
const address = z.string().regex(/^[^\r\n]*@[^\r\n]+$/, 'not an address')
const tagPart = z.string().regex(/^[\w-]{1,256}$/, 'tags take [A-Za-z0-9_-], 256 characters')

const shape = z.object({
  FromEmailAddress: address.optional(),
  Destination: z.object({ ToAddresses: z.array(address).min(1).max(50) }).optional(),
  ReplyToAddresses: z.array(address).optional(),
  ConfigurationSetName: z.string().optional(),
  EmailTags: z.array(z.object({ Name: tagPart, Value: tagPart })).optional(),
  Content: z.union([
    z.object({
      Simple: z.object({
        Subject: text,
        Body: z.object({ Html: text.optional(), Text: text.optional() }),
        Headers: z
          .array(
            z.object({
              Name: z.string().regex(/^[!-9;-~]{1,126}$/, 'not a header name'),
              Value: z.string().regex(/^[\x20-\x7e]{1,995}$/, 'a header value takes 995 ASCII characters'),
            }),
          )
          .optional(),
      }),
    }),
    z.object({ Raw: z.object({ Data: z.base64() }) }),
  ]),
})

export interface AcceptedMail {
  from: string
  to: string
  replyTo?: string
  subject: string
  html: string
  text: string
  headers: { name: string; value: string }[]
  /** As SES's events show them: name → values. */
  tags: { [name: string]: string[] }
  configurationSet?: string
  /** The whole MIME message, for a mail that came as one. */
  raw?: string
}

/** Checks a call; throws `ZodError`. */
export function parseSendEmail(body: unknown): AcceptedMail {
  const asked = shape.parse(body)
  const tags: { [name: string]: string[] } = {}
  for (const { Name, Value } of asked.EmailTags ?? []) tags[Name] = [...(tags[Name] ?? []), Value]
  const replyTo = asked.ReplyToAddresses?.[0]
  const shared = {
    tags,
    ...(replyTo !== undefined && { replyTo }),
    ...(asked.ConfigurationSetName !== undefined && { configurationSet: asked.ConfigurationSetName }),
  }
  const { Content } = asked
  if ('Raw' in Content) {
    const raw = Buffer.from(Content.Raw.Data, 'base64').toString()
    const headers = rawHeaders(raw)
    return {
      ...shared,
      from: asked.FromEmailAddress ?? headers.From ?? '',
      to: asked.Destination?.ToAddresses.join(', ') ?? headers.To ?? '',
      subject: headers.Subject ?? '',
      html: '',
      text: '',
      headers: [],
      raw,
    }
  }
  const { Subject, Body, Headers } = Content.Simple
  return {
    ...shared,
    from: asked.FromEmailAddress ?? '',
    to: asked.Destination?.ToAddresses.join(', ') ?? '',
    subject: Subject.Data,
    html: Body.Html?.Data ?? '',
    text: Body.Text?.Data ?? '',
    headers: (Headers ?? []).map(({ Name, Value }) => ({ name: Name, value: Value })),
  }
}

/** The mail in a call that was accepted and stored. */
export function acceptedMail(body: string): AcceptedMail {
  return parseSendEmail(JSON.parse(body))
}

/** The headers of a MIME message, unfolded. */
export function rawHeaders(raw: string): { [name: string]: string } {
  const head = raw.split(/\r?\n\r?\n/, 1)[0] ?? ''
  const headers: { [name: string]: string } = {}
  for (const line of head.replace(/\r?\n[ \t]+/g, ' ').split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0) headers[line.slice(0, colon)] = line.slice(colon + 1).trim()
  }
  return headers
}
