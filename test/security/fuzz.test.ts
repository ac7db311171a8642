/** Thousands of requests made from the contract itself: no 5xx, no hang, no leak, and every answer as it is described. */
import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../runtime/http/openapi.ts'
import { routes } from '../../runtime/http/app.ts'
import { fuzz } from './fuzz/drive.ts'
import { type Document, requestFor } from './fuzz/requests.ts'

const requests = 5000
const seed = 20260326

describe('the fuzzer', () => {
  const document: Document = JSON.parse(JSON.stringify(openApiDocument(routes)))
  const credentials = { keys: ['prm_a', 'prm_b'], links: ['/r/a.b'] }

  it('makes the same request of the same seed and number, and others of others', () => {
    const made = (from: number, number: number) =>
      JSON.stringify(requestFor(document, from, number, credentials))
    const all = Array.from({ length: 300 }, (_, number) => made(seed, number))
    expect(Array.from({ length: 300 }, (_, number) => made(seed, number))).toEqual(all)
    expect(new Set(all).size).toBeGreaterThan(200)
    expect(Array.from({ length: 300 }, (_, number) => made(seed + 1, number))).not.toEqual(all)
  })
})

it(`${requests} requests from seed ${seed} find nothing`, { timeout: 240_000 }, async () => {
  const report = await fuzz({ requests, seed })
  expect(report.findings).toEqual([])
  expect(report.requests).toBe(requests)
  // Each operation is reached, and most of them not only to be refused.
  const reached = Object.keys(report.reached)
  const every = routes.map(({ method, path }) => `${method} ${path}`)
  expect(every.filter((one) => !reached.some((name) => name.startsWith(`${one} `)))).toEqual([])
  const served = every.filter((one) => reached.some((name) => name.startsWith(`${one} 2`)))
  expect(served.length).toBeGreaterThan(every.length * 0.7)
  expect(report.heapGrowthMegabytes).toBeLessThan(20)
})
