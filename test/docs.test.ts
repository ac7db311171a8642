import { readdir, readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import * as z from 'zod'
import { compileWorkflow } from '../engine/language/compile.ts'
import { DEFAULT_LAYOUT } from '../engine/default-settings.ts'
import { parseSettings } from '../engine/language/settings.ts'
import { verbs } from '../engine/language/verbs.ts'
import { localeFilters } from '../engine/mail/locale-filters.ts'
import { calls, methods } from '../engine/language/expression/functions.ts'
import { parseScenarios, runScenario } from '../engine/scenario.ts'
import { routes } from '../runtime/http/app.ts'
import { scopes } from '../runtime/keys.ts'
import { schema } from '../stacks/settings.ts'
import { type Synthesized, synthesize } from './stacks/synthesized.ts'

const read = (path: string) => readFile(new URL(`../${path}`, import.meta.url), 'utf8')
const blocks = (text: string, language: string) =>
  [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] ?? '',
  )

describe('docs/workflow-language.md', () => {
  const parts = async () => {
    const text = await read('docs/workflow-language.md')
    const yaml = blocks(text, 'yaml')
    const find = (start: RegExp) => yaml.find((block) => start.test(block)) ?? ''
    const { settings, issues } = parseSettings(find(/^brand:/))
    expect(issues).toEqual([])
    if (!settings) throw new Error('the settings of the docs are not valid')
    const [mail = ''] = blocks(text, 'mjml')
    return {
      text,
      settings,
      mail,
      workflow: find(/^workflow:/),
      triggers: yaml.filter((block) => block.startsWith('trigger:')),
      scenarios: find(/^- scenario:/),
    }
  }

  test('its whole workflow compiles, and its scenario passes on it', async () => {
    const { settings, mail, workflow, scenarios } = await parts()
    // The example mail is about an order, which a rating is not.
    const plain = mail.replace(/Your order.*\}\}\./, 'Text.')
    const offer = plain.replace('Text.', '{{ coupons.offer.code }}')
    const files = { 'workflow.yaml': workflow, 'sorry.mjml': plain, 'offer.mjml': offer }
    const result = await compileWorkflow(files, { settings, layout: DEFAULT_LAYOUT })
    expect(result.issues).toEqual([])
    const parsed = parseScenarios(scenarios)
    expect(parsed).toMatchObject({ issues: [], scenarios: [{}] })
    for (const scenario of parsed.scenarios)
      expect(result.workflow && runScenario(result.workflow, scenario, settings)).toMatchObject({
        failures: [],
      })
  })

  test('its mail compiles, and so does each of its triggers', async () => {
    const { settings, mail, triggers } = await parts()
    expect(triggers.length).toBe(5)
    for (const trigger of triggers) {
      const files = {
        'workflow.yaml': `workflow: a\ntopic: service\n${trigger}steps:\n  - send: b\n`,
        'b.mjml': mail,
      }
      expect((await compileWorkflow(files, { settings, layout: DEFAULT_LAYOUT })).issues).toEqual([])
    }
  })

  test('each of its steps compiles', async () => {
    const { text, mail, settings } = await parts()
    const steps = blocks(text, 'yaml').filter((block) => /^- (?!scenario)[a-z]+:/.test(block))
    expect(steps.length).toBeGreaterThan(3)
    for (const list of steps) {
      const names = [...list.matchAll(/send: ([a-z-]+)/g)].map(([, name]) => `${name}.mjml`)
      const files = {
        'workflow.yaml': `workflow: a\ntopic: service\ntrigger: { event: b }\nsteps:\n${list.replace(/^/gm, '  ')}`,
        ...Object.fromEntries(names.map((name) => [name, mail])),
      }
      const { issues } = await compileWorkflow(files, { settings, layout: DEFAULT_LAYOUT })
      // A piece of a workflow may end as no whole one would.
      expect(
        issues.filter(({ severity }) => severity === 'error'),
        list,
      ).toEqual([])
    }
  })

  test('it knows every verb, function and filter', async () => {
    const { text } = await parts()
    const words = [...Object.keys(verbs), ...calls.keys(), ...methods.keys()]
    const filters = Object.keys(localeFilters).filter((name) => name !== 'survey_link')
    expect([...words, ...filters].filter((word) => !new RegExp(`\`${word}\\b`).test(text))).toEqual([])
  })
})

describe('docs/api.md', () => {
  test('tells every route with its scope, and no other', async () => {
    const told = [
      ...(await read('docs/api.md')).matchAll(
        /^\| `(GET|PUT|POST|PATCH|DELETE) (\/(?:v1|health)[^`?]*)` \| (?:`([^`]+)`)? ?\|/gm,
      ),
    ]
    expect(told.map(([, method, path, scope]) => `${method} ${path} ${scope ?? 'null'}`).sort()).toEqual(
      routes.map(({ method, path, scope }) => `${method} ${path} ${scope}`).sort(),
    )
  })

  test('tells every scope', async () => {
    const text = await read('docs/api.md')
    expect(scopes.filter((scope) => !text.includes(`\`${scope}\``))).toEqual([])
  })
})

describe('docs/security.md', () => {
  test('proves each of its rows by tests that exist, and names every test of security', async () => {
    const text = await read('docs/security.md')
    const tables = text.slice(text.indexOf('## What stops whom'), text.indexOf('## Decisions'))
    const rows = [...tables.matchAll(/^\| (?!who \||-)(.+) \|$/gm)].map(([, row = '']) => row.split(' | '))
    expect(rows.length).toBeGreaterThan(25)
    const named = new Set<string>()
    for (const row of rows) {
      expect(row, row.join(' | ')).toHaveLength(4)
      const proofs = [...(row[3] ?? '').matchAll(/`(test\/[\w/.-]+\.test\.ts)`/g)].map(
        ([, file = '']) => file,
      )
      expect(proofs, row[1]).not.toEqual([])
      for (const file of proofs) {
        expect(await read(file), file).toMatch(/\b(?:it|test)\b/)
        named.add(file)
      }
    }
    const own = (await readdir(new URL('security', import.meta.url)))
      .filter((file) => file.endsWith('.test.ts'))
      .map((file) => `test/security/${file}`)
    expect(own.length).toBeGreaterThan(8)
    expect(own.filter((file) => !named.has(file))).toEqual([])
  })

  test('tells who they are before it tells what stops them', async () => {
    const text = await read('docs/security.md')
    const [who = '', stops = ''] = text.split('## What stops whom')
    const known = [...who.matchAll(/^\| ([a-z][a-z, ]*) \|/gm)].flatMap(([, cell = '']) => cell.split(', '))
    const told = [...stops.matchAll(/^\| ([a-z][a-z, ]*) \|/gm)].flatMap(([, cell = '']) => cell.split(', '))
    const others = [
      'who',
      'anybody',
      'mail scanner',
      'shop gone wild',
      'whoever reads the table',
      'whoever found an old key',
    ]
    expect(told.filter((one) => !known.includes(one) && !others.includes(one))).toEqual([])
  })
})

const operations = async () => [
  'docs/operations.md',
  ...(await readdir(new URL('../docs/operations', import.meta.url))).map((file) => `docs/operations/${file}`),
]

describe('docs/operations.md', () => {
  let prod: Synthesized
  beforeAll(async () => {
    prod = await synthesize('prod', { bundled: false })
  }, 120_000)

  test('tells every setting, with its default, and no other', async () => {
    const told = [
      ...(await read('docs/operations/settings.md')).matchAll(/^\| `([\w.]+)` \|[^|]*\|([^|]*)\|/gm),
    ]
    const settings = settingsIn(z.toJSONSchema(schema, { io: 'input' }))
    expect(told.map(([, name]) => name).sort()).toEqual([...settings.keys()].sort())
    const plain = (text: string) => text.replaceAll(/[`,]/g, '').trim()
    for (const [, name = '', cell = ''] of told) {
      const otherwise = settings.get(name)
      if (otherwise !== undefined) expect(`${name}: ${plain(cell)}`).toBe(`${name}: ${otherwise}`)
    }
  })

  test('has a page for every alarm, headed by its id and named in the index', async () => {
    const page = await read('docs/operations/alarms.md')
    const index = await read('docs/operations.md')
    const alarms = prod.resources.filter(({ type }) => type === 'AWS::CloudWatch::Alarm')
    expect(alarms.length).toBeGreaterThan(15)
    for (const { properties } of alarms) {
      const [, id = ''] = /docs\/operations\.md, "([\w-]+)"/.exec(String(properties.AlarmDescription)) ?? []
      expect(properties.AlarmName).toBe(`prod-premura-${id}`)
      expect(page, id).toContain(`\n## ${id}\n`)
      expect(index, id).toContain(`[${id}](operations/alarms.md#${id})`)
    }
  })

  test('its commands name what a deployment is made of', async () => {
    const names = new Set(
      prod.resources.flatMap(({ stack, properties }) => [
        `prod-premura-${stack}`,
        ...Object.entries(properties).flatMap(([key, value]) =>
          /name$/i.test(key) && typeof value === 'string'
            ? [value, value.replace(/^(?:\/aws\/vendedlogs)?\/premura\//, '')]
            : [],
        ),
      ]),
    )
    // What the pages themselves make, and a name that CloudFormation ends.
    for (const own of ['prod-premura-table-2', 'prod-premura-sent', 'prod-premura-storage-importsbucket'])
      names.add(own)
    const parameters = Object.entries(prod.outputs).flatMap(([name, value]) =>
      name.endsWith('Parameter') ? [value] : [],
    )
    for (const file of await operations()) {
      const text = await read(file)
      const named = [...text.matchAll(/prod-premura-[\w-]*\w(?:\.fifo)?/g)].map(([name]) => name)
      expect(
        named.filter((name) => !names.has(name)),
        file,
      ).toEqual([])
      const told = [...text.matchAll(/\/premura\/prod\/[\w-]+/g)].map(([name]) => name)
      expect(
        told.filter((name) => !parameters.includes(name)),
        file,
      ).toEqual([])
    }
  })
})

/** What can be set, by its path, with its default as text; undefined where there is none that a word says. */
function settingsIn(node: unknown, path = ''): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>()
  const { properties } = { properties: undefined, ...Object(node) }
  for (const [key, value] of Object.entries(Object(properties))) {
    const at = path === '' ? key : `${path}.${key}`
    const inside = settingsIn(value, at)
    const { default: otherwise } = { default: undefined, ...Object(value) }
    // A group is told by what is in it; a domain may be left out as a whole, and is a setting itself.
    const group = inside.size > 0 && path === '' && !at.includes('.')
    if (!group) found.set(at, otherwise === undefined || inside.size > 0 ? undefined : textOf(otherwise))
    for (const [name, text] of inside) found.set(name, text)
  }
  return found
}

const textOf = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

test('the links between the documents lead somewhere', async () => {
  const documents = [
    ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
    ...['docs/architecture.md', 'docs/api.md', 'docs/workflow-language.md', 'docs/language-reference.md'],
    'docs/care-library.md',
    'docs/benchmarks.md',
    ...['docs/security.md', 'SECURITY.md'],
    ...(await operations()),
  ]
  for (const from of documents) {
    const links = [...(await read(from)).matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
    for (const [, link = '', anchor] of links) {
      const to = link === '' ? from : new URL(link, `file:///${from}`).pathname.slice(1)
      const there = await read(to)
      expect(there, `${from}: ${link}`).toBeTruthy()
      if (anchor !== undefined) expect(anchorsIn(there), `${from}: ${link}#${anchor}`).toContain(anchor)
    }
  }
})

/** As GitHub makes them of headings. */
const anchorsIn = (text: string) =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )

test('the changelog names every command of the command line', async () => {
  const changelog = await read('CHANGELOG.md')
  const commands = [...(await read('cli/dispatch.ts')).matchAll(/from '\.\/commands\/(\w+)\.ts'/g)].map(
    (match) => match[1] ?? '',
  )
  expect(commands.length).toBeGreaterThan(5)
  expect(commands.filter((command) => !changelog.includes(command))).toEqual([])
})
