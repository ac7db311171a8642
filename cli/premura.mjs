#!/usr/bin/env node
// What `npx premura` starts. Plain JavaScript, because Node runs it before anything could read TypeScript.
import { register } from 'tsx/esm/api'

register()
await import('./main.ts')
