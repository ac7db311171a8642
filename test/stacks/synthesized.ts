/** The deployment as `sst.config.ts` makes it, synthesized offline: its templates, with their references told in words. */
import { join } from 'node:path'
import { App, Stack } from 'sst/constructs'
import { initProject } from 'sst/project.js'
import * as z from 'zod'
import config from '../../sst.config.ts'
import { deploy } from '../../stacks/all.ts'
import type { Settings } from '../../stacks/settings.ts'

const resource = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  DeletionPolicy: z.string().optional(),
  UpdateReplacePolicy: z.string().optional(),
})
const template = z.object({
  Resources: z.record(z.string(), resource),
  Outputs: z.record(
    z.string(),
    z.object({ Value: z.unknown(), Export: z.object({ Name: z.string() }).optional() }),
  ),
})

export interface Resource {
  /** The stack's name without stage and app: `Engine`. */
  stack: string
  id: string
  type: string
  properties: { [name: string]: unknown }
  deletionPolicy: string | undefined
}

export interface Synthesized {
  app: App
  /** Where the assets lie: `asset.<hash>`. */
  directory: string
  resources: Resource[]
  /** By stack and name. */
  outputs: { [name: string]: unknown }
  /** A value with its references replaced by `name`. */
  told(value: unknown, stack: string, name?: Naming): unknown
}

/** What stands for a reference; `attribute` is undefined for a `Ref`. */
export type Naming = (resource: Resource, attribute: string | undefined) => string

const account = '111122223333'
export const region = 'eu-west-1'

/**
 * @param options.settings instead of what `premura.config.ts` says
 * @param options.inspect is shown the app before it is synthesized
 * @param options.bundled false: functions hold no code, which is quicker, and removal policies are not applied yet
 */
export async function synthesize(
  stage: string,
  {
    settings,
    inspect,
    bundled = true,
  }: { settings?: Settings; inspect?: (app: App) => void; bundled?: boolean } = {},
): Promise<Synthesized> {
  await initProject({ stage, region })
  const app = new App({ stage, name: 'premura', region, account, mode: 'deploy' })
  if (settings) deploy(app, settings)
  else config.stacks(app)
  inspect?.(app)
  if (bundled) await app.finish()
  const assembly = app.synth()
  const templates = new Map(
    app.node.children
      .filter((child) => child instanceof Stack)
      .map((stack) => {
        const name = stack.stackName.replace(`${stage}-premura-`, '')
        return [name, template.parse(assembly.getStackByName(stack.stackName).template)] as const
      }),
  )
  const resources = [...templates].flatMap(([stack, { Resources }]) =>
    Object.entries(Resources).map(([id, one]) => ({
      stack,
      id,
      type: one.Type,
      properties: one.Properties,
      deletionPolicy: one.DeletionPolicy,
    })),
  )
  const exports = new Map(
    [...templates].flatMap(([stack, { Outputs }]) =>
      Object.values(Outputs).flatMap(({ Value, Export }) =>
        Export ? [[Export.Name, { stack, value: Value }] as const] : [],
      ),
    ),
  )
  const outputs = Object.fromEntries(
    [...templates].flatMap(([stack, { Outputs }]) =>
      Object.entries(Outputs).map(([name, { Value }]) => [`${stack}.${name}`, Value]),
    ),
  )

  function told(value: unknown, stack: string, name: Naming = inWords): unknown {
    const again = (inner: unknown) => told(inner, stack, name)
    const resourceOf = (id: unknown) => resources.find((one) => one.stack === stack && one.id === id)
    if (Array.isArray(value)) return value.map(again)
    if (typeof value !== 'object' || value === null) return value
    const [only, ...others] = Object.entries(value)
    if (only && others.length === 0) {
      const [key, of]: [string, unknown] = only
      if (key === 'Ref') {
        const found = resourceOf(of)
        return found ? name(found, undefined) : pseudo(String(of))
      }
      if (key === 'Fn::GetAtt' && Array.isArray(of)) {
        const found = resourceOf(of[0])
        if (found) return name(found, String(of[1]))
      }
      if (key === 'Fn::ImportValue') {
        const exported = exports.get(String(of))
        if (exported) return told(exported.value, exported.stack, name)
      }
      if (key === 'Fn::Join' && Array.isArray(of)) {
        const [separator, parts]: unknown[] = of
        if (Array.isArray(parts)) return parts.map(again).join(String(separator))
      }
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, again(inner)]))
  }

  return { app, directory: join(assembly.directory), resources, outputs, told }
}

const inWords: Naming = ({ type, id }, attribute) =>
  `<${type.replace('AWS::', '')} ${id.replace(/[0-9A-F]{8}$/, '')}${attribute === undefined ? '' : `.${attribute}`}>`

const pseudos: { [name: string]: string } = {
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::Region': region,
  'AWS::AccountId': account,
}
const pseudo = (name: string) => pseudos[name] ?? `<${name}>`
