/** All that is held on one person, read at once: for their timeline, for "why?", for the export they may ask for. */
import * as z from 'zod'
import type { Enrollment } from '../engine/journey.ts'
import type { Customer, Instant, JsonObject } from '../engine/model.ts'
import { type ConsentRecord, recordFrom, recordsOf } from './consent-marks.ts'
import { loadCustomer } from './customers.ts'
import { fromRow as eventFrom, type StoredEvent } from './events.ts'
import { type KeptFailure, fromRow as failureFrom } from './failures.ts'
import { fromRow as journeyFrom, journeySk } from './journeys.ts'
import { customerPk, isShelved, JOURNEYS_END } from './keys-of-rows.ts'
import type { Row } from './ports.ts'
import type { Runtime } from './runtime.ts'
import { type Task, fromRow as taskFrom } from './tasks.ts'

export interface SurveyAnswer {
  id: string
  at: Instant
  survey: string
  score: number
  data: JsonObject
}

export interface Person {
  customer: Customer
  /** There is a profile. */
  known: boolean
  journeys: Enrollment[]
  events: StoredEvent[]
  tasks: Task[]
  /** Messages about them that failed every time, and what became of each. */
  failures: KeptFailure[]
  answers: SurveyAnswer[]
  /** What was ever said of consent, oldest first. */
  consents: ConsentRecord[]
  /** Every other row, as it is. */
  others: Row[]
}

const answerBody = z.object({
  at: z.number(),
  survey: z.string(),
  score: z.number(),
  data: z.record(z.string(), z.json()),
})

/** Undefined: nothing at all is held under this id. */
export async function loadPerson(runtime: Runtime, id: string): Promise<Person | undefined> {
  const { customer, known, journeys: atHand } = await loadCustomer(runtime, id)
  const person: Person = {
    customer,
    known,
    journeys: atHand.map(({ enrollment }) => enrollment),
    events: [],
    tasks: [],
    failures: [],
    answers: [],
    consents: [],
    others: [],
  }
  // Read behind the others: one that is being moved meanwhile is met twice, and never missed.
  const shelved: Enrollment[] = []
  let cursor: string | undefined
  do {
    const page = await runtime.world.table.query(customerPk(id), {
      from: JOURNEYS_END,
      ...(cursor !== undefined && { cursor }),
    })
    for (const row of page.rows)
      if (isShelved(row.sk)) shelved.push(journeyFrom(row).enrollment)
      else sort(person, row, runtime.world.clock.now())
    cursor = page.cursor
  } while (cursor !== undefined)
  person.consents = recordsOf(customer, person.consents)
  if (shelved.length > 0) person.journeys = inOrder([...person.journeys, ...missing(person, shelved)])
  const { journeys, events, tasks, failures, answers, consents, others } = person
  const empty =
    !known &&
    [journeys, events, tasks, failures, answers, consents, others].every(({ length }) => length === 0)
  return empty ? undefined : person
}

const missing = ({ journeys }: Person, shelved: Enrollment[]): Enrollment[] => {
  const known = new Set(journeys.map(nameOf))
  return shelved.filter((one) => !known.has(nameOf(one)))
}

const nameOf = ({ workflow, key, run }: Enrollment): string => journeySk(workflow, key, run)

/** As their rows stand where none is shelved. */
const inOrder = (journeys: Enrollment[]): Enrollment[] =>
  journeys.toSorted((one, other) => Buffer.compare(Buffer.from(nameOf(one)), Buffer.from(nameOf(other))))

function sort(person: Person, row: Row, now: Instant): void {
  if (row.expiresAt !== undefined && row.expiresAt <= now) return
  if (row.sk.startsWith('E#')) person.events.push(eventFrom(row))
  else if (row.sk.startsWith('T#')) person.tasks.push(taskFrom(row))
  else if (row.sk.startsWith('X#')) person.failures.push(failureFrom(row))
  else if (row.sk.startsWith('R#')) person.answers.push(answerFrom(row))
  else if (row.sk.startsWith('O#')) person.consents.push(recordFrom(row))
  else person.others.push(row)
}

function answerFrom(row: Row): SurveyAnswer {
  const id = row.sk.split('#').slice(2).join('#')
  return { id, ...answerBody.parse(JSON.parse(row.body ?? '{}')) }
}
