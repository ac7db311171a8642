/** The reference says what the language does: it is made from it, and its examples compile and pass. */
import { readFileSync } from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { compileWorkflow, type WorkflowFiles } from '../../../engine/language/compile.ts'
import { definitionGlossary } from '../../../engine/language/glossary/definition.ts'
import { scenariosGlossary } from '../../../engine/language/glossary/scenarios.ts'
import { settingsGlossary } from '../../../engine/language/glossary/settings.ts'
import { stepsGlossary } from '../../../engine/language/glossary/steps.ts'
import { languageReference } from '../../../engine/language/reference.ts'
import { parseSettings } from '../../../engine/language/settings.ts'
import { verbNames } from '../../../engine/language/verbs.ts'
import { parseScenarios, runScenario } from '../../../engine/scenario.ts'
import { environment, head, mail, told } from './workshop.ts'

// MJML reads the ambient clock while it lays out a mail. What it makes of one is no matter here.
vi.mock('../../../engine/mail/mjml.ts', () => import('./plain-mjml.ts'))

const { settings, issues: wrong } = parseSettings(settingsGlossary.settings?.example ?? '')
if (!settings) throw new Error(wrong.map(told).join('\n'))

/** A definition with the mails that it names. */
async function compiled(definition: string) {
  const named = [...definition.matchAll(/(?:send|template): ([a-z-]+)/g)].flatMap(([, name]) => name ?? [])
  const files: WorkflowFiles = { 'workflow.yaml': definition }
  for (const name of named)
    files[`${name}.mjml`] = mail(
      `${definition.includes(`template: ${name}`) ? '{{ survey.link(5) }}' : ''}${name === 'with-offer' ? '{{ coupons.offer.code }}' : ''}${/^appointment:/m.test(definition) ? '{{ appointment.link }}' : ''}Thank you`,
    )
  if (!settings) throw new Error('checked above')
  return await compileWorkflow(files, { ...environment, settings })
}

const indented = (text: string) => text.replace(/^(?=.)/gm, '  ')

test('the committed file is what the generator writes', () => {
  expect(readFileSync('docs/language-reference.md', 'utf8')).toBe(languageReference())
})

test('every verb has its example, and every heading is there', () => {
  const text = languageReference()
  for (const verb of verbNames) {
    expect(stepsGlossary[verb]?.example, verb).toContain(`- ${verb}:`)
    expect(text).toContain(`\n### \`${verb}\`\n`)
  }
  expect(text).not.toContain('undefined')
})

describe('its examples say nothing that is wrong or odd', () => {
  test.each(verbNames)('%s', async (verb) => {
    const { issues } = await compiled(`${head}steps:\n${indented(stepsGlossary[verb]?.example ?? '')}`)
    expect(issues.map(told)).toEqual([])
  })

  test.each(Object.keys(definitionGlossary))('%s', async (name) => {
    const example = definitionGlossary[name]?.example ?? ''
    const definition = example.startsWith('workflow:')
      ? example
      : `${name === 'trigger' ? head.replace(/trigger:[\s\S]*/, '') : head}${example}steps:\n  - send: thank-you\n`
    const { issues } = await compiled(definition)
    expect(issues.map(told)).toEqual([])
  })

  test('the settings', () => expect(wrong).toEqual([]))

  test('the scenario passes on the workflow', async () => {
    const { workflow } = await compiled(definitionGlossary.workflow?.example ?? '')
    if (!workflow) throw new Error('the example does not compile')
    const { scenarios, issues } = parseScenarios(scenariosGlossary.scenario?.example ?? '', workflow.program)
    expect(issues).toEqual([])
    expect(scenarios).toHaveLength(1)
    for (const scenario of scenarios)
      expect(runScenario(workflow, scenario, settings)).toMatchObject({ passed: true, failures: [] })
  })
})
