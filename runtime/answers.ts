/** Answers to surveys: kept for good, counted once, and written into the ledger of the journey that asked. */
import type { CareEvent } from '../engine/model.ts'
import { occasion, sendOn } from '../engine/occasion.ts'
import { countsOfAnswer } from './figures.ts'
import { commitJourney, journeyNamed } from './journeys.ts'
import { answerSk, customerPk } from './keys-of-rows.ts'
import { fromShelf, type Session } from './session.ts'

const ANSWERS: { [type: string]: string } = { 'csat.rated': 'csat', 'nps.rated': 'nps', 'ces.rated': 'ces' }

export async function noteAnswer(session: Session, event: CareEvent): Promise<void> {
  const survey = ANSWERS[event.type]
  const { score } = event.data
  if (survey === undefined || typeof score !== 'number' || !Number.isInteger(score)) return
  const { table, config } = session.runtime.world
  const row = {
    pk: customerPk(event.customerId),
    sk: answerSk(survey, event.id),
    body: JSON.stringify({ at: event.at, survey, score, data: event.data }),
  }
  const result = await table.put(row, { kind: 'absent' })
  if (result.ok) session.runtime.figures.count(countsOfAnswer(survey, score, event.at))

  const { workflow, key, run = 1, step, round } = event.data
  if (typeof workflow !== 'string' || typeof key !== 'string' || typeof run !== 'number') return
  const name = { workflow, key, run }
  const asked = journeyNamed(session.loaded.journeys, name) ?? (await fromShelf(session, name))
  const about = occasion(String(step), typeof round === 'number' ? round : 1)
  const entry = asked && sendOn(asked.enrollment.log, about)
  if (!asked || !entry || entry.outcome === 'rated') return
  const log = asked.enrollment.log.map((one) => (one === entry ? { ...one, outcome: 'rated' } : one))
  const enrollment = { ...asked.enrollment, log }
  const rated = await commitJourney(table, { ...asked, enrollment }, config.owner)
  session.loaded.journeys = session.loaded.journeys.map((one) => (one === asked ? rated : one))
}
