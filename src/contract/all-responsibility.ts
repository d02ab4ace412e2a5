import { acknowledgementCount, acknowledgementExport, acknowledgementList } from './acknowledgements.ts'
import { attestationList, keyAttest } from './attestations.ts'
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
import { findingList, findingResolve } from './findings.ts'
import { userOffboard, userReach } from './offboarding.ts'
import type { AnyOperation } from './operation.ts'
import { ownershipUpdate, ownershipView } from './ownership.ts'

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
  acknowledgementCount,
  acknowledgementExport,

  exemptionCreate,
  exemptionList,
  exemptionRevoke,

  ownershipView,
  ownershipUpdate,

  attestationList,
  keyAttest,

  userReach,
  userOffboard,

  findingList,
  findingResolve,
]
