import {
  createConnection,
  deleteConnection,
  listConnectionsFor,
  updateConnection,
  viewConnection,
} from '../actions/connections.ts'
import { deleteIdentityFor, listIdentitiesFor } from '../actions/identities.ts'
import { createMapping, deleteMappingFor, listMappingsFor } from '../actions/mappings.ts'
import { startIdentity } from '../actions/sso-begin.ts'
import {
  connectionCreate,
  connectionDelete,
  connectionList,
  connectionUpdate,
  connectionView,
} from '../contract/connections.ts'
import { identityDelete, identityList, identityStart } from '../contract/identities.ts'
import { mappingCreate, mappingDelete, mappingList } from '../contract/mappings.ts'
import { type Route, serve } from './serve.ts'

/** The operations about signing in at identity providers, with their actions. */
export const ssoRoutes: Route[] = [
  serve(connectionCreate, createConnection),
  serve(connectionList, listConnectionsFor),
  serve(connectionView, viewConnection),
  serve(connectionUpdate, updateConnection),
  serve(connectionDelete, deleteConnection),

  serve(mappingCreate, createMapping),
  serve(mappingList, listMappingsFor),
  serve(mappingDelete, deleteMappingFor),

  serve(identityList, listIdentitiesFor),
  serve(identityStart, startIdentity),
  serve(identityDelete, deleteIdentityFor),
]
