/** What makes a Lambda function of a handler: the runtime of this execution environment, built once. */
import type { Context } from 'aws-lambda'
import { type EnvironmentOf, type FunctionName, readEnvironment } from '../aws/env.ts'
import { type Basics, createWorld } from '../aws/world.ts'
import type { World } from '../runtime/ports.ts'
import { framesOf } from '../runtime/errors.ts'
import { createRuntime, type Runtime } from '../runtime/runtime.ts'
import { systemIds } from './ids.ts'
import { jsonLog } from './log.ts'

/** As Lambda calls it; others may leave the context out. */
type Handler<E, R> = (event: E, context?: Pick<Context, 'getRemainingTimeInMillis'>) => Promise<R>

/** A part of the world that the variables of this function suffice for. */
type PartFor<F extends FunctionName> = Parameters<typeof createWorld<keyof EnvironmentOf<F>>>[2][number]

/**
 * On Lambda the runtime is built while the module loads, so that a missing variable fails the cold start with its name
 * and not the first event; anywhere else (tests, the embedded default) importing a function asks for nothing.
 *
 * @param name whose variables are read
 * @param parts what this function is given of the world; its rights in `stacks/` are the same
 */
export async function onAws<F extends FunctionName, E, R>(
  name: F,
  parts: readonly PartFor<F>[],
  build: (runtime: Runtime) => Handler<E, R>,
): Promise<Handler<E, R>> {
  let built: Promise<Handler<E, R>> | undefined
  const ready = () => {
    built ??= worldOf(name, parts).then((world) => build(createRuntime(world)))
    return built
  }
  if (process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined) await ready()
  return async (event, context) => {
    const handler = await ready()
    try {
      return await handler(event, context)
    } catch (error) {
      throw withoutWords(error)
    }
  }
}

/** What a function throws is written into its log by Lambda, message and all, and a message may quote a customer. */
export function withoutWords(error: unknown): Error {
  const name = error instanceof Error ? error.name : typeof error
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
  const bare = new Error(`the function failed${code === '' ? '' : ` (${code})`}`)
  bare.name = name
  bare.stack = [`${name}: ${bare.message}`, ...(error instanceof Error ? framesOf(error, 8) : [])].join(
    '\n    ',
  )
  return bare
}

/** The world of a function, as its environment describes it. */
export async function worldOf<F extends FunctionName>(name: F, parts: readonly PartFor<F>[]): Promise<World> {
  return await createWorld(readEnvironment(name, process.env), basics(), parts)
}

function basics(): Basics {
  const clock = { now: () => Date.now(), monotonicMs: () => performance.now() }
  return { clock, ids: systemIds(), log: jsonLog((line) => process.stdout.write(line), clock.now) }
}
