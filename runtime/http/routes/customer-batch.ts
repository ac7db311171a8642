/** Many customers in one request: how a shop brings the ones it has. */
import * as z from 'zod'
import type { Word } from '../../../engine/consent.ts'
import type { Customer, JsonObject } from '../../../engine/model.ts'
import { changeCustomer, loadProfile, wordOf } from '../../customers.ts'
import { isShutOut } from '../../erase.ts'
import { announceProfile } from '../../requests.ts'
import type { Runtime } from '../../runtime.ts'
import { parseJson } from '../body.ts'
import { isJsonObject } from '../json-value.ts'
import { judge, patchCustomer } from '../patch-customer.ts'
import { type FieldError, fieldErrors, invalid, must, Problem } from '../problem.ts'
import { customerId, profileInput } from '../profile-input.ts'
import { type BodyFormat, plain, type Route, route } from '../route.ts'

/** Customers in one request. */
const batchLimit = 500

/** Customers of one request that are written side by side. */
const AT_ONCE = 32

const input = z
  .strictObject({
    customers: z
      .array(profileInput.extend({ id: customerId }))
      .min(1)
      .max(batchLimit),
  })
  .meta({ id: 'CustomerBatch' })

const list = z.strictObject({
  customers: z
    .array(z.unknown(), must('Must be a list of customers.'))
    .min(1, 'Must hold at least one customer.')
    .max(batchLimit, `Must not hold more than ${batchLimit} customers.`),
})

/** Only that there is a list: each of its customers is judged by itself. */
const body: BodyFormat<unknown[]> = {
  types: { 'application/json': input },
  optional: false,
  read(text) {
    const parsed = list.safeParse(parseJson(text))
    if (!parsed.success) throw invalid(fieldErrors(parsed.error.issues))
    return parsed.data.customers
  },
}

const query = z.strictObject({
  dryRun: z
    .enum(['true', 'false'], 'Must be true or false.')
    .optional()
    .describe('true: everything is checked, and nothing is written.'),
})

const answer = z
  .object({
    accepted: z
      .array(z.string())
      .describe('Ids of the customers that are written, in the order of the request.'),
    rejected: z.array(
      z.object({ index: z.int(), errors: z.array(z.object({ path: z.string(), message: z.string() })) }),
    ),
  })
  .meta({ id: 'CustomersAnswer' })

type Verdict = FieldError[] | 'taken'

/** Takes one customer, or throws the problem that stands against it. */
type Take = (runtime: Runtime, id: string, fields: JsonObject, word: Word) => Promise<void>

export const customerBatchRoutes: Route[] = [
  route({
    ...plain,
    method: 'POST',
    path: '/v1/customers',
    scope: 'customers:write',
    summary: 'Create or change up to 500 customers',
    description:
      'Each is merged into what is known of the customer, as a PATCH would, and created where nothing is. What is invalid is rejected by its index and the rest is written; who is there more than once is written in order. Sending the same again changes nothing, so repeat whatever was not answered.',
    query,
    body,
    answers: { 200: { description: 'What is valid is written.', schema: answer } },
    async handle({ runtime, caller, query: { dryRun }, body: rows }) {
      const word = await wordOf(runtime, 'api', caller.name)
      const dry = dryRun === 'true'
      const { verdicts, failed } = await inTurns(rows, (id, fields) =>
        (dry ? check : merge)(runtime, id, fields, word),
      )
      const accepted: string[] = []
      const rejected: { index: number; errors: FieldError[] }[] = []
      for (const [index, row] of rows.entries()) {
        const verdict = verdicts[index]
        if (verdict === 'taken') accepted.push(idOf(row))
        else if (verdict) rejected.push({ index, errors: verdict })
      }
      const untold =
        !dry && accepted.length > 0
          ? await announceProfile(runtime, ...new Set(accepted)).catch((error: unknown) => error)
          : undefined
      const trouble = failed ?? untold
      if (trouble !== undefined) throw unfinished(runtime, trouble)
      return { json: { accepted, rejected } }
    },
  }),
]

/** Customers side by side, and what concerns the same one in order. A failure that is no row's fault ends it early. */
async function inTurns(
  rows: readonly unknown[],
  take: (id: string, fields: JsonObject) => Promise<void>,
): Promise<{ verdicts: (Verdict | undefined)[]; failed: unknown }> {
  const verdicts: (Verdict | undefined)[] = []
  const byCustomer = new Map<string, { index: number; fields: JsonObject }[]>()
  for (const [index, row] of rows.entries()) {
    const flaws = rowFlaws(row)
    if (flaws.length > 0 || !isJsonObject(row)) {
      verdicts[index] = flaws
      continue
    }
    const own = byCustomer.get(idOf(row)) ?? []
    own.push({ index, fields: row })
    byCustomer.set(idOf(row), own)
  }
  const waiting = byCustomer.entries()
  let failed: unknown
  const work = async () => {
    for (const [id, own] of waiting)
      for (const { index, fields } of own) {
        if (failed !== undefined) return
        try {
          await take(id, fields)
          verdicts[index] = 'taken'
        } catch (error) {
          if (error instanceof Problem && error.errors) verdicts[index] = error.errors
          else failed = error
        }
      }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return { verdicts, failed }
}

/** Writes what a PATCH would write, and creates whom nobody knows. */
const merge: Take = async (runtime, id, fields, word) => {
  await judge(runtime, id, fields)
  const write = (admitted: boolean) =>
    changeCustomer(runtime, id, (before) => {
      if (!before && !admitted) throw new Stranger()
      return patchCustomer(before ?? nobody(id), fields, word)
    })
  await write(word.settings.afterErasure !== 'refuse').catch(async (error: unknown) => {
    if (!(error instanceof Stranger)) throw error
    await refuseErased(runtime, id)
    await write(true)
  })
}

/** Finds everything that {@link merge} would refuse. */
const check: Take = async (runtime, id, fields, word) => {
  await judge(runtime, id, fields)
  const before = await loadProfile(runtime, id)
  if (!before) await refuseErased(runtime, id)
  patchCustomer(before ?? nobody(id), fields, word)
}

/** Whoever repeats a list every night must not bring back who was erased: that takes a PUT of their own. */
async function refuseErased(runtime: Runtime, id: string): Promise<void> {
  if (!(await isShutOut(runtime, id))) return
  const message = 'Was erased, and afterErasure refuses them: only a PUT of their profile brings them back.'
  throw invalid([{ path: 'id', message }])
}

/** Nothing is known of the customer, and whether they may come in has to be asked first. */
class Stranger extends Error {}

const nobody = (id: string): Customer => ({ profile: { id }, suppressions: [] })

function rowFlaws(row: unknown): FieldError[] {
  if (!isJsonObject(row)) return [{ path: '', message: 'Must be a JSON object.' }]
  const parsed = customerId.safeParse(row.id)
  return parsed.success ? [] : fieldErrors(parsed.error.issues, ['id'])
}

const idOf = (row: unknown): string => (isJsonObject(row) && typeof row.id === 'string' ? row.id : '')

function unfinished({ world }: Runtime, error: unknown): Problem {
  world.log('error', 'customers.unfinished', { error: error instanceof Error ? error.name : 'unknown' })
  return new Problem(503, 'Not all of them are written. Send them again: what is written stays as it is.', {
    headers: { 'retry-after': '2' },
  })
}
