/** Commands that are several: `premura keys create`, `premura dlq replay`. */
import { listed, nearest } from '../engine/language/nearest.ts'
import { type Call, UsageError } from './command.ts'

export interface Actions {
  [action: string]: (call: Call, rest: string[]) => Promise<number>
}

/**
 * Runs the action that the first operand names, `list` when there is none.
 * @param name of the command, for what it says of an action that it does not know
 */
export async function runAction(call: Call, name: string, actions: Actions): Promise<number> {
  const [action = 'list', ...rest] = call.operands
  const known = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (known) return await known(call, rest)
  const near = nearest(action, Object.keys(actions))
  throw new UsageError(
    `${name} does not know ${action}.`,
    near === undefined
      ? `It knows ${listed(Object.keys(actions), 'and')}.`
      : `Did you mean premura ${name} ${near}?`,
  )
}
