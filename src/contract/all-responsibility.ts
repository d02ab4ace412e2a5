import { acknowledgementList } from './acknowledgements.ts'
import {
  documentAcknowledge,
  documentCreate,
  documentDue,
  documentList,
  documentPublish,
  documentUpdate,
  documentView,
} from './documents.ts'
import { exemptionCreate, exemptionList, exemptionRevoke } from './exemptions.ts'
import type { AnyOperation } from './operation.ts'

/** The operations about documents, ownership and findings. */
export const responsibilityOperations: AnyOperation[] = [
  documentCreate,
  documentList,
  documentDue,
  documentView,
  documentUpdate,
  documentPublish,
  documentAcknowledge,

  acknowledgementList,

  exemptionCreate,
  exemptionList,
  exemptionRevoke,
]
