/** Bounds hold: whatever a stranger writes ends soon, stays small, is never a 5xx, and leaves the process alive. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'

const told = z.object({
  name: z.string(),
  status: z.number(),
  characters: z.number(),
  ms: z.number(),
  tail: z.string(),
})
const end = z.object({ peakMegabytes: z.number(), polluted: z.boolean() })

/** Far above what each takes (most some milliseconds), far below what it would take where nothing stops it. */
const longestMs = 30_000
/** What one answer may have on AWS is 6 MB. */
const largestAnswer = 6_000_000
const heapMegabytes = 400

let cases: z.infer<typeof told>[]
let last: z.infer<typeof end>

beforeAll(async () => {
  const script = fileURLToPath(new URL('bombs.ts', import.meta.url))
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMegabytes}`, '--import', 'tsx', script, 'play'],
    { stdio: ['ignore', 'pipe', 'pipe'], timeout: 400_000, killSignal: 'SIGKILL' },
  )
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  const lines = out.trim().split('\n')
  expect(code, `the process died after ${lines.at(-1)}\n${err.slice(-2000)}`).toBe(0)
  cases = lines.slice(0, -1).map((line) => told.parse(JSON.parse(line)))
  last = end.parse(JSON.parse(lines.at(-1) ?? ''))
}, 420_000)

const of = (kind: string) => cases.filter(({ name }) => name.startsWith(`${kind}: `))
const statuses = (kind: string) => Object.fromEntries(of(kind).map(({ name, status }) => [name, status]))

it('plays them all, in little memory', () => {
  expect(cases.length).toBeGreaterThan(170)
  expect(last.peakMegabytes).toBeLessThan(2 * heapMegabytes)
  expect(last.polluted, 'nothing reached the prototype of all objects').toBe(false)
})

it('answers each soon, small, and never with a 5xx', () => {
  expect(cases.filter(({ status }) => status >= 500)).toEqual([])
  expect(cases.filter(({ ms }) => ms > longestMs)).toEqual([])
  expect(cases.filter(({ characters }) => characters > largestAnswer)).toEqual([])
})

describe('refuses before anything is run', () => {
  it('conditions that reach out, loop in loops or are too long', () => {
    const accepted = of('condition').filter(({ status }) => status !== 422)
    expect(accepted.map(({ name }) => name)).toEqual(['condition: an integer beyond all'])
  })

  it('Liquid that includes, nests or grows', () => {
    const accepted = of('liquid').filter(({ status }) => status !== 422)
    expect(accepted.map(({ name }) => name)).toEqual(['liquid: the prototype', 'liquid: many mails’ worth'])
    expect(accepted[0]?.tail).not.toMatch(/function|\[object/)
  })

  it('files that are no definitions', () => {
    expect(of('settings').filter(({ status }) => status !== 422)).toEqual([])
    expect(of('scenario file').filter(({ status }) => status !== 422)).toEqual([])
    // A draft is kept as it is, with what is wrong with it.
    expect(of('file').filter(({ tail }) => !tail.includes('"severity":"error"'))).toEqual([])
    expect(of('head of a mail').filter(({ tail }) => !tail.includes('"severity":"error"'))).toEqual([])
  })

  it('bodies that are no input', () => {
    const bodies = cases.filter(
      ({ name }) => name.startsWith('body of ') && !name.endsWith('events that are none'),
    )
    expect(bodies.length).toBe(45)
    expect(bodies.filter(({ status }) => ![400, 404, 413, 415, 422].includes(status))).toEqual([])
  })
})

describe('cuts short what a simulation would tell for ever', () => {
  it.each([
    ['simulate: a hundred large mails', 'this says more than anybody reads'],
    ['simulate: a hundred slow mails', 'this takes longer than anybody waits'],
    ['scenarios: a hundred slow mails', 'this takes longer than anybody waits'],
  ])('%s: %s', (name, said) => {
    expect(cases.find((one) => one.name === name)?.tail).toContain(said)
  })
})

it('keeps rows that the store holds, whatever a workflow makes of a profile', () => {
  expect(statuses('run')).toMatchObject({
    'run: a text that doubles': 200,
    'run: a list that doubles': 200,
    'run: many attributes that grow': 200,
  })
})

it('does not decide what would be cut into millions of pieces', () => {
  const told = cases.find(({ name }) => name === 'simulate: pieces of pieces')
  expect(told?.tail).toContain('"ends":"completed"')
})
