/** Checks an expression where it is written. Evaluating one (`engine/condition.ts`) needs none of this. */
import { checkSyntaxTree } from './check.ts'
import { bareDate, explainSyntaxError } from './slips.ts'
import { maxTextLength, type Node, parseSyntax, type Problem } from './syntax.ts'

/**
 * Checks an expression without evaluating it: syntax, names, kinds of values, bounds.
 * @param options.roots the names that an expression in this place may start with
 */
export function checkExpression(
  text: string,
  options: { kind: 'condition' | 'value'; roots: string[] },
): Problem[] {
  if (text.trim() === '')
    return [
      {
        message: `The ${options.kind === 'condition' ? 'condition' : 'expression'} is empty`,
        offset: 0,
        length: 1,
      },
    ]
  if (text.length > maxTextLength)
    return [
      {
        message: `The ${options.kind === 'condition' ? 'condition' : 'expression'} is longer than ${maxTextLength} characters`,
        offset: 0,
        length: 1,
      },
    ]
  const date = bareDate(text)
  if (date) return [date]
  let root: Node
  try {
    root = parseSyntax(text)
  } catch (error) {
    return [explainSyntaxError(text, error)]
  }
  return checkSyntaxTree(root, text, options)
}
