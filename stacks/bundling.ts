/**
 * How each function is bundled, in the words of SST's `nodejs`. The benchmark and the tests bundle by the same words, so
 * that what they say holds for what is deployed. Plain data, which imports nothing.
 */
export const bundling: {
  format: 'esm'
  minify: boolean
  splitting: boolean
  sourcemap: boolean
  esbuild: {
    target: string
    mainFields: string[]
    keepNames: boolean
    sourcesContent: boolean
    banner: { js: string }
  }
} = {
  format: 'esm',
  minify: true,
  // What is imported when it is first needed stays a file of its own, which a cold start does not read.
  splitting: true,
  // Beside the code, for whoever reads a stack; no cold start reads them, and without the sources they are small.
  sourcemap: true,
  esbuild: {
    target: 'node24',
    // CommonJS in their place takes twice as long to load.
    mainFields: ['module', 'main'],
    // Nothing here goes by the name of a function; names of errors are written out.
    keepNames: false,
    sourcesContent: false,
    // Some dependencies are CommonJS inside and ask for `require`.
    banner: {
      js: "import{createRequire as premuraRequire}from'node:module';const require=premuraRequire(import.meta.url);",
    },
  },
}
