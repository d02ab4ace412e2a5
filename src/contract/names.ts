import { z } from 'zod'
import { Id } from './fields.ts'
import { operation } from './operation.ts'

const MOST_IDS = 100

export const nameList = operation({
  name: 'nameList',
  method: 'GET',
  path: '/v1/names',
  summary: 'Show what things are called, of which you have the ids',
  permission: 'self',
  query: {
    ids: z
      .string()
      .transform((text) => [...new Set(text.split(','))])
      .pipe(z.array(Id).max(MOST_IDS))
      .describe(
        `up to ${MOST_IDS} ids of teams, projects, environments, people, programs, keys and providers, parted by commas`,
      ),
  },
  response: z.object({
    /** By id. What is not there, or not yours to see, is left out. */
    names: z.record(Id, z.string()),
  }),
  examples: [],
})
