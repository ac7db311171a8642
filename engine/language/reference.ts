/** The reference of the language: every word with its meaning, made from what the parser itself goes by. */
import { calls, methods, type CallShape } from './expression/functions.ts'
import type { Book, Chapter } from './glossary/chapter.ts'
import { commonWords } from './glossary/chapter.ts'
import { definitionGlossary } from './glossary/definition.ts'
import { scenariosGlossary } from './glossary/scenarios.ts'
import { settingsGlossary } from './glossary/settings.ts'
import { stepsGlossary } from './glossary/steps.ts'
import { type JsonSchema, scenariosJsonSchema, settingsJsonSchema, workflowJsonSchema } from './schema.ts'
import { verbNames } from './verbs.ts'

const head = `<!-- Written by \`premura docs --out docs/language-reference.md\`. Change the glossary in engine/language/glossary/ instead. -->
# Reference of the workflow language

Every word with what it takes and what holds without it. What it all means together is told by
[The workflow language](workflow-language.md).

Durations are \`90 minutes\`, \`2 hours\`, \`3 days\`, \`1 week\`, \`2 months\`, \`1 year\` or ISO 8601 (\`P3D\`); times of day are
\`"09:00"\`; conditions and expressions are [CEL](workflow-language.md#conditions-and-values). Editors that read JSON Schema
show this page while typing. The first line of a file says where its schema is; beside the care library it is in a file, and
nothing has to run:

\`\`\`yaml
# yaml-language-server: $schema=../.schemas/workflow.json
\`\`\`

\`premura docs workflow --schema --out workflows/.schemas/workflow.json\` writes it, \`settings\` and \`scenarios\` in the place of
\`workflow\` the other two. A deployment serves them, too (\`/v1/schema/workflow.json\`).
`

/** The whole reference, as Markdown. */
export function languageReference(): string {
  const workflow = workflowJsonSchema()
  const definitions = membersOf(workflow.$defs)
  const inside = (name: string): JsonSchema =>
    name === 'workflow' ? workflow : (definitions[name] ?? membersOf(workflow.properties)[name] ?? {})
  const chapterOf = (book: Book, name: string, title: string, schema: JsonSchema, level = 3) =>
    section(title, book[name] ?? { about: '', words: {} }, schema, level)
  const settings = settingsJsonSchema()
  const [scenario, given, expectation, answer] = scenarioParts()
  return [
    head,
    '## The workflow',
    ...['workflow', 'trigger', 'enroll', 'appointment', 'goal', 'exit'].map((name) =>
      chapterOf(definitionGlossary, name, `\`${name}\``, inside(name)),
    ),
    '## Steps',
    `Each step has one verb. Every step may have an \`id\`: ${lower(commonWords.id?.is ?? '')} When left out: ${commonWords.id?.otherwise ?? ''}.`,
    ...verbNames.map((name) => {
      const verb = chapterOf(stepsGlossary, name, `\`${name}\``, inside(name))
      return name === 'choose'
        ? `${verb}\n\n${chapterOf(stepsGlossary, 'case', 'A way of `choose`', inside('case'), 4)}`
        : verb
    }),
    '## Functions',
    'What conditions and expressions can call, with what it gives.',
    functionTable(),
    '## Settings',
    chapterOf(settingsGlossary, 'settings', '`settings.yaml`', settings),
    ...settingsParts(settings).map(([name, title, schema]) =>
      chapterOf(settingsGlossary, name, title, schema),
    ),
    '## Scenarios',
    chapterOf(scenariosGlossary, 'scenario', '`scenarios.yaml`', scenario),
    chapterOf(scenariosGlossary, 'given', 'An entry of `given`', given),
    chapterOf(scenariosGlossary, 'expectation', 'An entry of `expect`', expectation),
    chapterOf(scenariosGlossary, 'answer', 'An entry of `webhooks`', answer),
  ]
    .map((part) => part.trim())
    .join('\n\n')
    .concat('\n')
}

const isSchema = (part: unknown): part is JsonSchema =>
  typeof part === 'object' && part !== null && !Array.isArray(part)

const membersOf = (part: unknown): { [name: string]: JsonSchema } =>
  Object.fromEntries(
    Object.entries(isSchema(part) ? part : {}).flatMap(([name, member]) =>
      isSchema(member) ? [[name, member] as const] : [],
    ),
  )

const entryOf = (schema: JsonSchema | undefined): JsonSchema => {
  const entry = schema?.items ?? schema?.additionalProperties
  return isSchema(entry) ? entry : {}
}

function settingsParts(settings: JsonSchema): [string, string, JsonSchema][] {
  const { brand = {}, senders, topics, webhooks } = membersOf(settings.properties)
  const topic = entryOf(topics)
  return [
    ['brand', '`brand`', brand],
    ['sender', 'An entry of `senders`', entryOf(senders)],
    ['topic', 'An entry of `topics`', topic],
    ['cap', '`cap`', membersOf(topic.properties).cap ?? {}],
    ['webhook', 'An entry of `webhooks`', entryOf(webhooks)],
  ]
}

function scenarioParts(): [JsonSchema, JsonSchema, JsonSchema, JsonSchema] {
  const scenario = entryOf(scenariosJsonSchema())
  const { given, expect, webhooks } = membersOf(scenario.properties)
  return [scenario, entryOf(given), entryOf(expect), entryOf(webhooks)]
}

function section(
  title: string,
  { about, words, example }: Chapter,
  schema: JsonSchema,
  level: number,
): string {
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : []
  const rows = Object.entries(membersOf(schema.properties))
    .filter(([key]) => key !== 'id' || words.id !== undefined)
    .map(([key, property]) => {
      const word = words[key]
      const otherwise = required.includes(key) ? 'must be there' : (word?.otherwise ?? '')
      return `| \`${key}\` | ${taken(property)} | ${cell(word?.is ?? '')} | ${cell(otherwise)} |`
    })
  return [
    `${'#'.repeat(level)} ${title}`,
    about,
    ['| key | takes | | when left out |', '|---|---|---|---|', ...rows].join('\n'),
    ...(example === undefined ? [] : [`\`\`\`yaml\n${example}\`\`\``]),
  ].join('\n\n')
}

/** A bar would end the cell. */
const cell = (text: string) => text.replaceAll('|', '\\|')
const lower = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/** What a key takes, in a few words. */
function taken(property: JsonSchema): string {
  const words: readonly unknown[] = Array.isArray(property.enum) ? property.enum : []
  if (words.length > 0) return words.map((word) => `\`${String(word)}\``).join(', ')
  if (typeof property.title === 'string') return cell(property.title)
  if (property.type === 'array') return 'a list'
  if (property.type === 'object') return 'keys with values'
  return property.type === 'boolean' ? 'true or false' : 'any value'
}

function functionTable(): string {
  const rows = (known: ReadonlyMap<string, CallShape>) =>
    [...known].map(([name, shape]) => {
      const { on, takes, optional = 0, gives, loop } = shape
      const given = loop ? ['name', ...takes.slice(1)] : takes
      const shown = given.map((kind, index) => (index >= given.length - optional ? `[${kind}]` : kind))
      const call = `${on ? `${on.map((kind) => kind).join('/')}.` : ''}${name}(${shown.join(', ')})`
      return `| \`${call}\` | ${gives} |`
    })
  return ['| call | gives |', '|---|---|', ...rows(calls), ...rows(methods)].join('\n')
}
