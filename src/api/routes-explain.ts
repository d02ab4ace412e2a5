import { explainKey } from '../actions/key-explain.ts'
import { keyExplain } from '../contract/key-explain.ts'
import { type Route, serve } from './serve.ts'

/** What explains rules, and what changes of them would do. */
export const explainRoutes: Route[] = [serve(keyExplain, explainKey)]
