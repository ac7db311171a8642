/** The answer to a survey: shown on GET, recorded on POST, once. */
import { asItIsNow } from '../../../engine/follow.ts'
import type { CareEvent, Json, JsonObject } from '../../../engine/model.ts'
import { readOccasion } from '../../../engine/occasion.ts'
import { SURVEY_SCALES } from '../../../engine/survey-scales.ts'
import { loadCustomer } from '../../customers.ts'
import { undoIfErased } from '../../erase.ts'
import { loadEvent } from '../../events.ts'
import { eventMarked, followedBy } from '../../followed.ts'
import { accept, digest } from '../../ingest.ts'
import { journeyNamed, type StoredJourney } from '../../journeys.ts'
import { answerMarkSk, customerPk } from '../../keys-of-rows.ts'
import type { LinkClaims, SurveyKind } from '../../links.ts'
import { readShelved } from '../../shelf.ts'
import { controls } from '../profile-input.ts'
import { type Html, html } from './html.ts'
import { readForm, refusal, type Visit } from './visit.ts'
import { words } from './words.ts'

const scales: { [survey in SurveyKind]: { from: number; to: number; look: string } } = {
  csat: { ...SURVEY_SCALES.csat, look: 'five' },
  nps: { ...SURVEY_SCALES.nps, look: 'eleven' },
  ces: { ...SURVEY_SCALES.ces, look: 'seven' },
}

const longestComment = 2000

type Journey = NonNullable<LinkClaims['journey']>

export async function ratingPage(visit: Visit): Promise<Response> {
  const { runtime, request, claims, settings, language } = visit
  const { journey, survey } = claims
  if (!journey || !survey) return refusal(settings, language, 'gone')
  const eventId = answerId(journey)
  const given = await givenScore(visit, eventId)
  if (given !== undefined) return alreadyAnswered(visit, given)
  if (request.method !== 'POST') {
    const tapped = new URL(request.url).searchParams.get('score')
    return form(visit, survey, { score: scoreIn(survey, tapped) })
  }

  const fields = await readForm(request)
  // The link of a tap carries its score: a post without a form means that one.
  const score = scoreIn(survey, fields.get('score') ?? new URL(request.url).searchParams.get('score'))
  const comment = (fields.get('comment') ?? '').replace(/\r\n?/g, '\n').trim()
  const { missing, long } = words[language].rating
  if (score === undefined) return form(visit, survey, { comment, flaw: missing })
  if ([...comment].length > longestComment) return form(visit, survey, { score, comment, flaw: long })

  const { step, round } = readOccasion(journey.step)
  const { journeys, readAt } = await loadCustomer(runtime, claims.customerId)
  const asked =
    journeyNamed(journeys, journey) ?? (await readShelved(runtime.world.table, claims.customerId, journey))
  if (!asked) return refusal(settings, language, 'gone')
  const now = runtime.world.clock.now()
  const event: CareEvent = {
    id: eventId,
    type: `${survey}.rated`,
    customerId: claims.customerId,
    at: now,
    data: {
      ...(await scalarsOf(visit, asked)),
      score,
      ...(comment !== '' && { comment }),
      workflow: journey.workflow,
      key: journey.key,
      run: journey.run,
      step,
      ...(round > 1 && { round }),
    },
  }
  // The queue first, the mark after: a crash in between lets the person answer again, which changes nothing.
  await accept(runtime, [{ event }], readAt)
  const place = markAt(visit, eventId)
  const mark = await runtime.world.table.put(
    { ...place, body: JSON.stringify({ score }), expiresAt: claims.expiresAt },
    { kind: 'absent' },
  )
  await undoIfErased(runtime, claims.customerId, place, readAt)
  if (!mark.ok) return alreadyAnswered(visit, scoreOf(mark.conflict?.body))
  const { thanks, thanksText } = words[language].rating
  return visit.show(
    thanks,
    html`<h1>${thanks}</h1>
<p class="soft" role="status">${thanksText}</p>`,
  )
}

/** One message asks once, so its answer has one id, however often the form is posted. */
function answerId({ workflow, key, run, step }: Journey): string {
  const id = `rated:${workflow}:${key}:${run}:${step}`
  return id.length <= 128 && !controls.test(id) ? id : `rated:${digest(id)}`
}

// Beside the event, which is stored only once the queue has come to it: a second post is told at once.
const markAt = ({ claims }: Visit, eventId: string) => ({
  pk: customerPk(claims.customerId),
  sk: answerMarkSk(eventId),
})

/** What was answered before; null: something was, we cannot say what. */
async function givenScore(visit: Visit, eventId: string): Promise<number | null | undefined> {
  const { pk, sk } = markAt(visit, eventId)
  const mark = await visit.runtime.world.table.get(pk, sk)
  if (mark) return scoreOf(mark.body)
  const stored = await loadEvent(visit.runtime, visit.claims.customerId, eventId)
  return stored && (typeof stored.event.data.score === 'number' ? stored.event.data.score : null)
}

function scoreOf(body: string | undefined): number | null {
  const value: Json = JSON.parse(body ?? 'null')
  const score = typeof value === 'object' && value !== null && !Array.isArray(value) ? value.score : undefined
  return typeof score === 'number' ? score : null
}

function alreadyAnswered({ show, language }: Visit, score: number | null): Response {
  const { already, alreadyText, alreadyPlain } = words[language].rating
  return show(
    already,
    html`<h1>${already}</h1>
<p class="soft" role="status">${score === null ? alreadyPlain : alreadyText(score)}</p>`,
  )
}

/** The plain facts of what was asked about (the ticket, the order), so that the answer can be matched to it. */
async function scalarsOf({ runtime }: Visit, { enrollment }: StoredJourney): Promise<JsonObject> {
  const { customerId } = enrollment
  const { data } = asItIsNow(await followedBy(enrollment, (mark) => eventMarked(runtime, customerId, mark)))
  return Object.fromEntries(
    Object.entries(data).filter(([, value]) => value !== null && typeof value !== 'object'),
  )
}

function scoreIn(survey: SurveyKind, text: string | null): number | undefined {
  const { from, to } = scales[survey]
  const score = text !== null && /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  return score >= from && score <= to ? score : undefined
}

function form(
  { show, language }: Visit,
  survey: SurveyKind,
  { score, comment = '', flaw }: { score?: number | undefined; comment?: string; flaw?: string },
): Response {
  const said = words[language].rating
  const { from, to, look } = scales[survey]
  const choices = Array.from({ length: to - from + 1 }, (_, index) => from + index).map((value) => {
    const label = survey === 'csat' ? said.csatLabels[value - from] : undefined
    return html`<div><input type="radio" name="score" id="s${value}" value="${value}" required${value === score ? html` checked` : ''}><label for="s${value}">${label === undefined ? value : html`${face(value)}<span>${label}</span>`}</label></div>
`
  })
  const ends = survey === 'nps' ? said.npsEnds : survey === 'ces' ? said.cesEnds : undefined
  const body = html`<h1>${said.title}</h1>
<form method="post">
${flaw !== undefined && html`<p class="error" role="alert">${flaw}</p>`}
<fieldset>
<legend>${said[survey]}</legend>
<div class="choices ${look}">
${choices}</div>
${ends && html`<p class="ends" aria-hidden="true"><span>${ends[0]}</span><span>${ends[1]}</span></p>`}
</fieldset>
<div class="comment">
<label class="label" for="comment">${said.comment} <span class="soft">(${said.optional})</span></label>
<textarea id="comment" name="comment" rows="4" maxlength="${longestComment}">${comment}</textarea>
</div>
<div class="actions"><button type="submit">${said.send}</button></div>
</form>`
  return show(said.title, body, flaw === undefined ? 200 : 422)
}

/** From a frown to a smile. */
function face(score: number): Html {
  const bend = [-4, -2, 0, 2.6, 4.6][score - 1] ?? 0
  return html`<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="M8.6 9.4v.3M15.4 9.4v.3M7.6 ${15.2 - bend / 3}q4.4 ${bend} 8.8 0"/></svg>`
}
