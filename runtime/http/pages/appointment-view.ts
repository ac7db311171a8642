/** How the page of an appointment looks: what, when, and the answers that there are to it now. */
import {
  type Answer,
  alternativesOf,
  answers,
  type Booked,
  bookingPage,
  isOpen,
  type Start,
} from '../../../engine/booked.ts'
import type { Instant } from '../../../engine/model.ts'
import { shownAs } from '../../appointments.ts'
import { appointmentWords } from './appointment-words.ts'
import { type Html, html } from './html.ts'
import type { Visit } from './visit.ts'
import { languageOf } from './words.ts'

export interface Ready {
  zone: string
  now: Instant
  /** The answer that is laid out first. */
  choice?: Answer
  /** The answer has just been taken. */
  done?: boolean
  /** Why nothing was recorded. */
  notice?: string
  /** What is missing from what was sent. */
  flaw?: string
  /** What was written before. */
  wish?: string
}

const minute = 60_000

/** As a link carries it. */
export const inMinutes = (at: Instant): Instant => Math.floor(at / minute) * minute

export function showAppointment(visit: Visit, booked: Booked, ready: Ready, status = 200): Response {
  const { zone, now, notice, flaw, done = false } = ready
  const said = appointmentWords[visit.language]
  const { heading, text } = headOf(visit, booked, ready)
  const { shownAt } = visit.claims.appointment ?? {}
  const moved =
    shownAt !== undefined && booked.start && inMinutes(booked.start.at) !== shownAt ? shownAt : undefined
  const open = isOpen(booked, zone, now)
  const page = bookingPage(booked)
  const tells = notice ?? (moved !== undefined && open && !done ? said.moved : undefined)
  return visit.show(
    heading,
    html`<h1>${heading}</h1>
${text !== '' && html`<p class="soft"${done && html` role="status"`}>${text}</p>`}
${tells !== undefined && html`<p class="notice told" role="${notice === undefined ? 'note' : 'alert'}">${tells}</p>`}
${factsOf(visit, booked, ready, open ? moved : undefined)}
${flaw !== undefined && html`<p class="error" role="alert">${flaw}</p>`}
${open ? choices(visit, booked, ready) : page !== undefined && html`<p class="actions"><a href="${page}" rel="noreferrer">${said.bookAgain}</a></p>`}`,
    status,
  )
}

function headOf({ language }: Visit, booked: Booked, { zone, now, done, choice }: Ready) {
  const said = appointmentWords[language]
  if (booked.cancelled)
    return { heading: said.cancelled, text: done ? said.cancelledText : said.cancelledBefore }
  if (!isOpen(booked, zone, now)) return { heading: said.over, text: said.overText }
  if (booked.said === 'confirmed') return { heading: said.confirmed, text: said.confirmedText }
  if (booked.said === 'move-requested') return { heading: said.requested, text: said.requestedText }
  if (choice === undefined || choice === 'confirm') return { heading: said.ask, text: said.askText }
  return { heading: said.unnamed, text: '' }
}

function factsOf(visit: Visit, booked: Booked, ready: Ready, before: Instant | undefined): Html {
  const said = appointmentWords[visit.language]
  const { start, title = said.unnamed, wished, cancelled } = booked
  const when = start ? momentText(visit, start, ready) : said.unknownTime
  const wish = [wished?.start && momentText(visit, wished.start, ready), wished?.words].filter(
    (one) => one !== undefined,
  )
  const timed = start?.timed ?? true
  return html`<dl class="facts">
<div><dt>${said.what}</dt><dd>${title}</dd></div>
<div><dt>${said.when}</dt><dd>${cancelled ? html`<s>${when}</s>` : html`<strong>${when}</strong>`}</dd></div>
${before !== undefined && html`<div><dt>${said.before}</dt><dd><s>${momentText(visit, { at: before, timed, text: '' }, ready)}</s></dd></div>`}
${wish.length > 0 && html`<div><dt>${said.wished}</dt><dd>${wish.join(' – ')}</dd></div>`}
</dl>`
}

/** The answers, the one that is ready first; the others are a tap further. */
function choices(visit: Visit, booked: Booked, ready: Ready): Html {
  const possible = answers.filter((answer) => answer !== 'confirm' || booked.said !== 'confirmed')
  const first = ready.done ? undefined : (ready.choice ?? (booked.said ? undefined : 'confirm'))
  const main = possible.find((answer) => answer === first)
  const rest = possible.filter((answer) => answer !== main)
  return html`${main && block(visit, booked, ready, main, true)}
<div class="others">${rest.map((answer) => block(visit, booked, ready, answer, false))}</div>`
}

function block(visit: Visit, booked: Booked, ready: Ready, answer: Answer, main: boolean): Html {
  const said = appointmentWords[visit.language]
  const form = (inside: Html, label: string, quiet: boolean) => html`<form method="post">
<input type="hidden" name="shown" value="${shownAs(booked)}">
<input type="hidden" name="time" value="${booked.start?.at ?? ''}">
${inside}<div class="actions"><button type="submit" name="answer" value="${answer}"${quiet && html` class="quiet"`}>${label}</button></div>
</form>`
  if (answer === 'confirm')
    return form(html``, booked.said || !main ? said.confirmAfterAll : said.confirm, !main)
  const body =
    answer === 'move'
      ? form(wishes(visit, booked, ready), said.sendWish, false)
      : form(
          html`<p>${said.cancelText}</p>
`,
          said.sendCancel,
          false,
        )
  const title = answer === 'move' ? said.move : said.cancel
  return main
    ? html`<section class="main"><h2>${title}</h2>${body}</section>`
    : html`<details><summary>${title}</summary>${body}</details>
`
}

function wishes(visit: Visit, booked: Booked, ready: Ready): Html {
  const said = appointmentWords[visit.language]
  const offered = alternativesOf(booked, ready.now, ready.zone)
  const page = bookingPage(booked)
  const times = offered.map(
    (start, index) =>
      html`<div><input type="radio" name="at" id="at${index}" value="${start.text}"><label for="at${index}">${momentText(visit, start, ready)}</label></div>
`,
  )
  return html`${
    page !== undefined &&
    html`<p><a href="${page}" rel="noreferrer">${said.booking}</a></p>
`
  }${
    offered.length > 0 &&
    html`<fieldset><legend>${said.times}</legend>
<div class="choices times">
${times}</div></fieldset>
`
  }<div class="comment"><label class="label" for="wish">${offered.length > 0 ? html`${said.otherWish} <span class="soft">(${said.optional})</span>` : said.wish}</label>
<textarea id="wish" name="wish" rows="3" maxlength="500" aria-describedby="wish-hint"${offered.length === 0 && html` required`}>${ready.wish ?? ''}</textarea>
<p class="soft hint" id="wish-hint">${said.wishHint} ${said.wishNote}</p></div>
`
}

/** In the language of the page, as the customer's own country writes it, on the customer's own clock. */
function momentText(
  { customer, language, settings }: Visit,
  { at, timed }: Start,
  { zone, now }: Ready,
): string {
  const locale = localeOf(customer.profile.locale, language)
  const said = appointmentWords[language]
  const year = (moment: Instant) =>
    new Intl.DateTimeFormat('en', { year: 'numeric', timeZone: zone }).format(moment)
  const day = new Intl.DateTimeFormat(locale, {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    ...(year(at) !== year(now) && { year: 'numeric' }),
    timeZone: zone,
  }).format(at)
  if (!timed) return day
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: zone }).format(at)
  // Who lives elsewhere is told whose clock it is.
  const clock = zone === settings.defaultTimezone ? '' : ` ${zoneName(locale, zone, at)}`
  return said.at(day, `${time}${clock}`)
}

const zoneName = (locale: string, zone: string, at: Instant): string =>
  new Intl.DateTimeFormat(locale, { timeZoneName: 'short', timeZone: zone })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value ?? zone

function localeOf(own: string | undefined, language: string): string {
  try {
    const [canonical] = Intl.getCanonicalLocales(own ?? language)
    return canonical !== undefined && languageOf(canonical) === language ? canonical : language
  } catch {
    return language
  }
}
