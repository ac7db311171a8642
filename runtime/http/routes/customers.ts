/** Customers: their profile, and everything that is known of them. */
import * as z from 'zod'
import { replaceProfile } from '../../../engine/consent.ts'
import type { JsonObject } from '../../../engine/model.ts'
import type { ConsentRecord } from '../../consent-marks.ts'
import { consentText } from '../../consent-text.ts'
import { changeCustomer, loadProfile, wordOf } from '../../customers.ts'
import { eraseCustomer, readmit } from '../../erase.ts'
import { announceProfile } from '../../requests.ts'
import { loadPerson } from '../../person.ts'
import { type TimelineEntry, timeline, timelineKinds } from '../../timeline.ts'
import { why } from '../../why.ts'
import { openCursor, sealCursor } from '../cursor.ts'
import { isoTime, shownValues } from '../instants.ts'
import { jsonObject } from '../json-value.ts'
import { pageQuery } from '../paging.ts'
import { judge, patchCustomer } from '../patch-customer.ts'
import { invalid, Problem } from '../problem.ts'
import {
  asProfile,
  customerId,
  line,
  mergePatch,
  profileInput,
  profileOutput,
  profileView,
} from '../profile-input.ts'
import { type BodyFormat, jsonBody, plain, type Route, route } from '../route.ts'

const params = z.object({ id: customerId })

/** Read as any object: what is wrong with it is found where the topics are known. */
function profileBody(types: string[]): BodyFormat<JsonObject> {
  const { optional, read } = jsonBody(jsonObject, { types })
  return { types: Object.fromEntries(types.map((type) => [type, profileInput])), optional, read }
}

const entryOutput = z
  .object({
    at: z.string(),
    kind: z.enum(timelineKinds),
    workflow: z.string().optional(),
    step: z.string().optional(),
    outcome: z
      .string()
      .optional()
      .describe('Of a message: sent, in-doubt, refused, delivered, bounced or complained.'),
  })
  .loose()
  .meta({ id: 'TimelineEntry' })

const unknown = (): Problem => new Problem(404, 'There is no such customer.')

export const customerRoutes: Route[] = [
  route({
    ...plain,
    method: 'GET',
    path: '/v1/customers/{id}',
    scope: 'customers:read',
    summary: 'A customer’s profile',
    params,
    answers: { 200: { description: 'The profile.', schema: profileOutput } },
    async handle({ runtime, params: { id } }) {
      const customer = await loadProfile(runtime, id)
      if (!customer) throw unknown()
      return { json: profileView(customer) }
    },
  }),
  route({
    ...plain,
    method: 'PUT',
    path: '/v1/customers/{id}',
    scope: 'customers:write',
    summary: 'Create or replace a customer’s profile',
    description: 'Members that are null count as absent.',
    params,
    body: profileBody(['application/json']),
    answers: { 200: { description: 'The profile as it is now.', schema: profileOutput } },
    async handle({ runtime, caller, params: { id }, body }) {
      await judge(runtime, id, body)
      const profile = asProfile(id, mergePatch({}, body))
      const word = await wordOf(runtime, 'api', caller.name)
      const after = await changeCustomer(runtime, id, (before) => replaceProfile(before, profile, word))
      await readmit(runtime, id)
      await announceProfile(runtime, id)
      return { json: profileView(after) }
    },
  }),
  route({
    ...plain,
    method: 'PATCH',
    path: '/v1/customers/{id}',
    scope: 'customers:write',
    summary: 'Change parts of a customer’s profile',
    description: 'JSON Merge Patch (RFC 7396): objects merge, null removes, everything else replaces.',
    params,
    body: profileBody(['application/json', 'application/merge-patch+json']),
    answers: { 200: { description: 'The profile as it is now.', schema: profileOutput } },
    async handle({ runtime, caller, params: { id }, body }) {
      await judge(runtime, id, body)
      const word = await wordOf(runtime, 'api', caller.name)
      const after = await changeCustomer(runtime, id, (before) => {
        if (!before) throw unknown()
        return patchCustomer(before, body, word)
      })
      await announceProfile(runtime, id)
      return { json: profileView(after) }
    },
  }),
  route({
    ...plain,
    method: 'DELETE',
    path: '/v1/customers/{id}',
    scope: 'customers:write',
    summary: 'Erase a person everywhere',
    params,
    answers: { 204: { description: 'Nothing is held on them any more.' } },
    async handle({ runtime, params: { id } }) {
      if (!(await eraseCustomer(runtime, id))) throw unknown()
      return { status: 204 }
    },
  }),
  route({
    ...plain,
    method: 'GET',
    path: '/v1/customers/{id}/timeline',
    scope: 'customers:read',
    summary: 'What happened to a customer, newest first',
    params,
    query: pageQuery(200),
    answers: {
      200: {
        description: 'A page.',
        schema: z.object({ entries: z.array(entryOutput), cursor: z.string().optional() }),
      },
    },
    async handle({ runtime, params: { id }, query: { limit, cursor } }) {
      const list = `timeline ${id}`
      const page = await timeline(runtime, id, {
        limit,
        ...(cursor !== undefined && { cursor: openCursor(runtime, list, cursor) }),
      })
      if (!page) throw unknown()
      const next = page.cursor === undefined ? {} : { cursor: sealCursor(runtime, list, page.cursor) }
      return { json: { entries: page.entries.map(shownEntry), ...next } }
    },
  }),
  route({
    ...plain,
    method: 'GET',
    path: '/v1/customers/{id}/why',
    scope: 'customers:read',
    summary: 'Why a customer did or did not enter, did or did not get a mail',
    params,
    query: z.strictObject({
      workflow: line(100),
      event: line(128).optional().describe('About the journey that this event started, or did not.'),
      step: line(100).optional().describe('About this step: its id, or the name of its template.'),
    }),
    answers: {
      200: {
        description: 'The answer, and what it rests on.',
        schema: z
          .object({
            answer: z.string(),
            because: z.array(
              z.object({
                rule: z.string(),
                values: jsonObject,
                at: z.string().nullable(),
                outcome: z.string(),
                step: z.string().optional(),
                expression: z.string().optional(),
              }),
            ),
          })
          .meta({ id: 'Why' }),
      },
    },
    async handle({ runtime, params: { id }, query }) {
      const reply = await why(runtime, id, query)
      if ('missing' in reply)
        throw reply.missing === 'workflow'
          ? new Problem(404, 'There is no such workflow.')
          : invalid([
              { path: 'query.step', message: `There is no such step; there are ${reply.steps.join(', ')}.` },
            ])
      const because = reply.because.map(({ at, values, ...rest }) => ({
        ...rest,
        values: shownValues(values),
        at: at === null ? null : isoTime(at),
      }))
      return { json: { answer: reply.answer, because } }
    },
  }),
  route({
    ...plain,
    method: 'GET',
    path: '/v1/customers/{id}/export',
    scope: 'customers:read',
    summary: 'All that is held on a person',
    params,
    answers: { 200: { description: 'Everything.', schema: z.object({ customerId: z.string() }).loose() } },
    async handle({ runtime, params: { id } }) {
      const person = await loadPerson(runtime, id)
      if (!person) throw unknown()
      const { customer, journeys, events, tasks, failures, answers, consents, others } = person
      return {
        headers: { 'content-disposition': 'attachment; filename="customer.json"' },
        json: {
          customerId: id,
          exportedAt: isoTime(runtime.world.clock.now()),
          profile: profileView(customer),
          suppressions: customer.suppressions,
          consents: consents.map(shownRecord),
          journeys,
          events,
          tasks,
          answers,
          failures,
          others: others.map(({ sk, body }) => ({ row: sk, body })),
        },
      }
    },
  }),
]

const shownRecord = ({ at, sinceAt, ...rest }: ConsentRecord) => ({
  at: isoTime(at),
  ...rest,
  ...(sinceAt !== undefined && { sinceAt: isoTime(sinceAt) }),
  text: consentText({ at, ...rest }),
})

const shownEntry = ({ at, values, ...rest }: TimelineEntry) => ({
  at: isoTime(at),
  ...rest,
  ...(values && { values: shownValues(values) }),
})
