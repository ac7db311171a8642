/** What makes a Lambda function of a handler: the runtime of this execution environment, built once. */
import { readEnvironment } from '../aws/env.ts'
import { createWorld } from '../aws/world.ts'
import { createRuntime, type Runtime } from '../runtime/runtime.ts'
import { systemIds } from './ids.ts'
import { isSeverity, jsonLog } from './log.ts'

/**
 * On Lambda the runtime is built while the module loads, so that a missing variable fails the cold start with its name
 * and not the first event; anywhere else (tests, the embedded default) importing a function asks for nothing.
 */
export function onAws<E, R>(build: (runtime: Runtime) => (event: E) => Promise<R>): (event: E) => Promise<R> {
  let built: ((event: E) => Promise<R>) | undefined
  const ready = () => {
    built ??= build(createRuntime(worldOfThisFunction()))
    return built
  }
  if (process.env.AWS_LAMBDA_FUNCTION_NAME !== undefined) ready()
  return (event) => ready()(event)
}

function worldOfThisFunction() {
  const level = process.env.PREMURA_LOG
  return createWorld(readEnvironment(process.env), {
    clock: { now: () => Date.now(), monotonicMs: () => performance.now() },
    ids: systemIds(),
    log: jsonLog((line) => process.stdout.write(line), isSeverity(level) ? level : 'info'),
  })
}
