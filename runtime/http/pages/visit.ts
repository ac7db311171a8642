/** One visit to a public page: the token read, the person found, the language known. */
import type { Customer, Settings } from '../../../engine/model.ts'
import { loadProfile } from '../../customers.ts'
import {
  isForAddress,
  type LinkClaims,
  type LinkPurpose,
  linkPath,
  linkSecretsOf,
  readLink,
} from '../../links.ts'
import type { Runtime } from '../../runtime.ts'
import { readText } from '../body.ts'
import { pageResponse } from './frame.ts'
import { type Html, html } from './html.ts'
import { type Language, languageOf, words } from './words.ts'

export interface Visit {
  runtime: Runtime
  request: Request
  claims: LinkClaims
  customer: Customer
  settings: Settings
  language: Language
  /** A page in this visit's language and looks. */
  show(title: string, body: Html, status?: number): Response
}

/** The person was erased while the page was being served. */
export class Gone extends Error {}

/** Forms of people are short; who posts more is no form. */
const formLimit = 64 * 1024

/** Runs `serve` for a link that is valid and a person who is still known; a friendly page otherwise. */
export async function visit(
  runtime: Runtime,
  request: Request,
  purpose: LinkPurpose,
  token: string,
  serve: (visit: Visit) => Promise<Response>,
): Promise<Response> {
  const { settings } = await runtime.catalog.settings()
  const accepted = request.headers.get('accept-language')
  const reading = readLink(linkSecretsOf(runtime.world.config), purpose, token, runtime.world.clock.now())
  if (reading.status === 'forged')
    return refusal(settings, languageOf(accepted, settings.defaultLocale), 'unknown')
  const customer = await loadProfile(runtime, reading.claims.customerId)
  const language = customer
    ? languageOf(customer.profile.locale ?? settings.defaultLocale)
    : languageOf(accepted, settings.defaultLocale)
  // Somebody who was erased is not brought back by a link in an old mail.
  if (reading.status === 'expired' || !customer) return refusal(settings, language, 'gone')
  const here: Visit = {
    runtime,
    request,
    claims: reading.claims,
    customer,
    settings,
    language,
    show: (title, body, status = 200) => pageResponse(settings, { status, language, title, body }),
  }
  try {
    return await serve(here)
  } catch (error) {
    if (error instanceof Gone) return refusal(settings, language, 'gone')
    throw error
  }
}

/** 404 for a link that is none, 410 for one that has had its time. */
export function refusal(settings: Settings, language: Language, why: 'unknown' | 'gone'): Response {
  const { title, text } = words[language][why]
  const body = html`<h1>${title}</h1>
<p class="soft">${text}</p>`
  return pageResponse(settings, { status: why === 'gone' ? 410 : 404, language, title, body })
}

/** The fields of a posted form; none when it is not one. */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/x-www-form-urlencoded\b/i.test(type)) return new URLSearchParams()
  return new URLSearchParams(await readText(request, formLimit))
}

/** Whether the visitor has the mailbox, or the number, that the person has now: an old one may belong to somebody else. */
export const isAddressee = ({ claims }: Pick<Visit, 'claims'>, { profile }: Customer): boolean =>
  isForAddress(claims, [profile.email, profile.phone])

/** Where the visitor's preferences are, for as long as the link that brought them here; undefined for a former addressee. */
export function preferencesPath(visit: Visit): string | undefined {
  const { runtime, claims, customer } = visit
  const { customerId, expiresAt, address } = claims
  if (address === undefined || !isAddressee(visit, customer)) return undefined
  return linkPath(runtime.world.config.linkSecret, { purpose: 'p', customerId, expiresAt, address })
}
