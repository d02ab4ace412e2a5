import {
  connectionCreate,
  connectionDelete,
  connectionList,
  connectionUpdate,
  connectionView,
} from './connections.ts'
import { identityDelete, identityList, identityStart } from './identities.ts'
import { mappingCreate, mappingDelete, mappingList } from './mappings.ts'
import type { AnyOperation } from './operation.ts'

/** The operations about signing in at identity providers. */
export const ssoOperations: AnyOperation[] = [
  connectionCreate,
  connectionList,
  connectionView,
  connectionUpdate,
  connectionDelete,

  mappingCreate,
  mappingList,
  mappingDelete,

  identityList,
  identityStart,
  identityDelete,
]
