/** The repository keeps its own rules, and each rule is able to notice when it does not. */
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { importProblems, importsOf, type SourceFile } from './architecture/imports.ts'
import {
  ambientProblems,
  lengthProblems,
  long,
  longest,
  longestTest,
  nameProblems,
  openingProblems,
  wordingProblems,
} from './architecture/rules.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const elsewhere = new Set(['node_modules', '.git', '.premura', '.sst', 'dist', 'coverage', '.DS_Store'])
const readable = /\.(?:ts|mjs|js|json|ya?ml|mjml|md|txt|html|css)$|^(?:\.ci\/run|\.npmrc|\.gitignore)$/

async function filesUnder(folder: string): Promise<SourceFile[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const found = await Promise.all(
    entries
      .filter(({ name }) => !elsewhere.has(name))
      .map(async (entry) => {
        const path = join(folder, entry.name)
        if (entry.isDirectory()) return await filesUnder(path)
        const shown = relative(root, path).replaceAll('\\', '/')
        return entry.isFile() && readable.test(shown)
          ? [{ path: shown, text: await readFile(path, 'utf8') }]
          : []
      }),
  )
  return found.flat()
}

let files: SourceFile[] = []
beforeAll(async () => {
  files = await filesUnder(root)
})

const file = (path: string, text = '/** A file. */\n'): SourceFile => ({ path, text })
const lines = (count: number) => 'x\n'.repeat(count)

describe('this repository', () => {
  test('was read: all its folders are there', () => {
    const folders = new Set(files.map(({ path }) => path.split('/')[0]))
    expect([...folders]).toEqual(
      expect.arrayContaining(['engine', 'runtime', 'aws', 'local', 'functions', 'cli', 'workflows', 'test']),
    )
    expect(files.length).toBeGreaterThan(100)
  })

  const rules = { importProblems, nameProblems, ambientProblems, wordingProblems, openingProblems }
  test.each(Object.entries(rules))('%s finds nothing', (_, rule) => {
    expect(files.flatMap(rule)).toEqual([])
  })

  test('lengthProblems finds nothing, and every long file has a reason', () => {
    expect(files.flatMap((each) => lengthProblems(each))).toEqual([])
    expect(Object.keys(long).filter((path) => !files.some((each) => each.path === path))).toEqual([])
  })
})

describe('imports', () => {
  test.each([
    ['engine/a.ts', `import { readFile } from 'node:fs'`],
    ['engine/a.ts', `import * as z from 'axios'`],
    ['engine/mail/a.ts', `import { work } from '../../runtime/work.ts'`],
    ['engine/mail/a.ts', `import type { World } from '../../runtime/ports.ts'`],
    ['engine/a.ts', `export * from '../runtime/work.ts'`],
    ['engine/a.ts', `import '../local/start.ts'`],
    ['engine/a.ts', `const fs = await import('node:fs')`],
    ['engine/a.ts', `const fs = require("node:fs")`],
    ['runtime/a.ts', `import { createWorld } from '../aws/world.ts'`],
    ['runtime/a.ts', `import { clock } from '../local/clock.ts'`],
    ['runtime/a.ts', `import { handler } from '../functions/api.ts'`],
    ['runtime/a.ts', `import { readFile } from 'node:fs/promises'`],
    ['aws/a.ts', `import { advance } from '../engine/advance.ts'`],
    ['aws/a.ts', `import { ingest, type Work } from '../runtime/ingest.ts'`],
    ['aws/a.ts', `import { clock } from '../local/clock.ts'`],
    ['functions/a.ts', `import { clock } from '../local/clock.ts'`],
    ['functions/a.ts', `import { advance } from '../engine/advance.ts'`],
    ['cli/a.ts', `import { scopes } from '../runtime/keys.ts'`],
    ['cli/commands/a.ts', `import {\n  type Scope,\n  scopes,\n} from '../../runtime/keys.ts'`],
    ['cli/a.ts', `import { openCloud } from '../local/cloud/cloud.ts'`],
    ['cli/a.ts', `import type { World } from '../aws/world.ts'`],
    ['cli/commands/a.ts', `const ses = await import('@aws-sdk/client-sesv2')`],
    ['cli/doctor/a.ts', `import { createWorld } from '../../aws/world.ts'`],
  ])('%s may not say %s', (path, text) => {
    expect(importProblems(file(path, text))).toHaveLength(1)
  })

  test.each([
    ['engine/a.ts', `import * as z from 'zod'`],
    ['engine/mail/a.ts', `import type { Json } from '../model.ts'`],
    ['runtime/a.ts', `import { advance } from '../engine/advance.ts'`],
    ['runtime/http/a.ts', `import { Hono } from 'hono/tiny'`],
    ['aws/a.ts', `import { DynamoDBClient } from '@aws-sdk/client-dynamodb'`],
    ['aws/a.ts', `import type { World } from '../runtime/ports.ts'`],
    ['aws/a.ts', `import { type Json } from '../engine/model.ts'`],
    ['functions/a.ts', `import { createWorld } from '../aws/world.ts'`],
    ['local/cloud/a.ts', `import { createServer } from 'node:http'`],
    ['cli/a.ts', `import type { Scope } from '../runtime/keys.ts'`],
    ['cli/doctor/a.ts', `const ses = await import('@aws-sdk/client-sesv2')`],
    ['cli/doctor/a.ts', `import { paint } from '../terminal.ts'`],
    ['test/a.ts', `import { anything } from '../local/start.ts'`],
    ['engine/a.ts', `/** import { readFile } from 'node:fs' */`],
    ['engine/a.ts', `// await import('node:fs')`],
  ])('%s may say %s', (path, text) => {
    expect(importProblems(file(path, text))).toEqual([])
  })

  test('are told with their line, and types are told from values', () => {
    const text = `/** A file. */\nimport type { A } from './a.ts'\nimport { type B, c } from './b.ts'\nexport { type D } from './d.ts'\n`
    expect(importsOf(text)).toEqual([
      { specifier: './a.ts', typeOnly: true, line: 2 },
      { specifier: './b.ts', typeOnly: false, line: 3 },
      { specifier: './d.ts', typeOnly: true, line: 4 },
    ])
  })
})

describe('the other rules', () => {
  test.each([
    'engine/utils.ts',
    'runtime/string-helpers.ts',
    'local/common/a.ts',
    'cli/queue-manager.ts',
    'aws/dynamoDb.ts',
    'workflows/win-back/score.ts',
  ])('refuse the name %s', (path) => {
    expect(nameProblems(file(path))).toHaveLength(1)
  })

  test.each(['engine/time.ts', 'test/ports/table.suite.ts', 'vitest.config.ts', 'docs/architecture.md'])(
    'take the name %s',
    (path) => {
      expect(nameProblems(file(path))).toEqual([])
    },
  )

  test('refuse files that are too long, and reasons that are no longer needed', () => {
    const reason = { 'engine/a.ts': 'because' }
    expect(lengthProblems(file('engine/a.ts', lines(longest + 1)), {})).toHaveLength(1)
    expect(lengthProblems(file('engine/a.ts', lines(longest)), {})).toEqual([])
    expect(lengthProblems(file('engine/a.ts', lines(longest + 1)), reason)).toEqual([])
    expect(lengthProblems(file('engine/a.ts', lines(longest)), reason)).toHaveLength(1)
    expect(lengthProblems(file('test/a.test.ts', lines(longestTest + 1)), {})).toHaveLength(1)
  })

  test.each([
    'Date.now()',
    'new Date()',
    'new Date( )',
    'Math.random()',
    'performance.now()',
    'Temporal.Now.instant()',
    'crypto.randomUUID()',
  ])('refuse %s where time and dice are handed in', (text) => {
    for (const folder of ['engine', 'runtime', 'aws'])
      expect(ambientProblems(file(`${folder}/a.ts`, `const x = ${text}\n`))).toHaveLength(1)
    expect(ambientProblems(file('local/clock.ts', `const x = ${text}\n`))).toEqual([])
    expect(ambientProblems(file('engine/a.ts', `// never ${text}\n`))).toEqual([])
  })

  test('leave alone what only looks like the clock', () => {
    expect(
      ambientProblems(file('runtime/a.ts', 'const x = new Date(at).toISOString() + stillTheDate.nowhere\n')),
    ).toEqual([])
  })

  const at = (...parts: string[]) => parts.join('/')
  test.each([
    `see ${at('', 'work', 'main')}`,
    `cache in ${at('', 'root', '.npm')}`,
    `${at('', 'home', 'anna')}/x`,
    `${at('', 'Users', 'anna')}`,
    `${at('', 'tmp', 'notes.md')}`,
    `"resolved": "${'https:'}//registry.example/x.tgz"`,
    `fixed in ${'issue'} #12`,
  ])('refuse the text %s', (text) => {
    expect(wordingProblems(file('README.md', text))).toHaveLength(1)
  })

  test.each(['color: "#1f4e5f"', 'src/work/x', 'https://example.com/root/', './tmp/x'])(
    'take the text %s',
    (text) => {
      expect(wordingProblems(file('README.md', text))).toEqual([])
    },
  )

  test('ask every file what it is for', () => {
    expect(openingProblems(file('engine/a.ts', 'export const a = 1\n'))).toHaveLength(1)
    expect(openingProblems(file('engine/a.ts', '/** A. */\n'))).toEqual([])
    expect(openingProblems(file('cli/a.ts', '#!/usr/bin/env node\n// A.\n'))).toEqual([])
  })
})
