/**
 * Engine tests run where the ambient clock and dice throw: time comes from `context.now`, randomness from a hash.
 */
const refuse = (what: string) => {
  throw new Error(
    `${what} is ambient: the engine takes its time from context.now and its randomness from a hash`,
  )
}
const RealDate = Date
globalThis.Date = new Proxy(RealDate, {
  construct(target, args) {
    if (args.length === 0) refuse('new Date()')
    return Reflect.construct(target, args)
  },
  get(target, property, receiver) {
    if (property === 'now') return () => refuse('Date.now()')
    return Reflect.get(target, property, receiver)
  },
  apply: () => refuse('Date()'),
})
Math.random = () => refuse('Math.random()')
