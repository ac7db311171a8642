// Loaded into a process that is watched from outside: on SIGUSR2 it says what is in use after a full collection.
process.on('SIGUSR2', () => {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  process.stdout.write(`heap ${heapUsed + external}\n`)
})
