import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { compileWorkflow } from '../engine/language/compile.ts'
import { DEFAULT_LAYOUT } from '../engine/language/default-settings.ts'
import { laterChannels, laterWords } from '../engine/language/later.ts'
import { parseSettings } from '../engine/language/settings.ts'
import { verbs } from '../engine/language/verbs.ts'
import { localeFilters } from '../engine/mail/locale-filters.ts'
import { calls, methods } from '../engine/language/expression/functions.ts'
import { parseScenarios, runScenario } from '../engine/scenario.ts'
import { routes } from '../runtime/http/app.ts'
import { scopes } from '../runtime/keys.ts'

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

  test('it knows every verb, function and filter, and every word of later versions', async () => {
    const { text } = await parts()
    const words = [
      ...Object.keys(verbs),
      ...calls.keys(),
      ...methods.keys(),
      ...laterWords.keys(),
      ...laterChannels,
    ]
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

test('the links between the documents lead somewhere', async () => {
  for (const from of [
    'CONTRIBUTING.md',
    'CHANGELOG.md',
    'docs/architecture.md',
    'docs/api.md',
    'docs/workflow-language.md',
    'docs/language-reference.md',
  ]) {
    const links = [...(await read(from)).matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) => match[1] ?? '')
    for (const link of links)
      await expect(
        read(new URL(link, `file:///${from}`).pathname.slice(1)),
        `${from}: ${link}`,
      ).resolves.toBeTruthy()
  }
})

test('the changelog names every command of the command line', async () => {
  const changelog = await read('CHANGELOG.md')
  const commands = [...(await read('cli/dispatch.ts')).matchAll(/from '\.\/commands\/(\w+)\.ts'/g)].map(
    (match) => match[1] ?? '',
  )
  expect(commands.length).toBeGreaterThan(5)
  expect(commands.filter((command) => !changelog.includes(command))).toEqual([])
})
