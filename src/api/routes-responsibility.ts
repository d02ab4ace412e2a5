import { exportAcknowledgements } from '../actions/acknowledgement-export.ts'
import {
  acknowledgeDocument,
  countAcknowledgements,
  listAcknowledgementsFor,
  listDueDocuments,
} from '../actions/acknowledgements.ts'
import { attestKey, listAttestationsFor } from '../actions/attestations.ts'
import {
  createDocument,
  listDocumentsFor,
  publishDocument,
  updateDocument,
  viewDocument,
} from '../actions/documents.ts'
import { createExemption, listExemptionsFor, revokeExemption } from '../actions/exemptions.ts'
import { listFindingsFor, resolveFinding } from '../actions/findings.ts'
import { offboardUser } from '../actions/offboard.ts'
import { updateOwnership, viewOwnership } from '../actions/ownership.ts'
import { viewReach } from '../actions/reach-report.ts'
import {
  acknowledgementCount,
  acknowledgementExport,
  acknowledgementList,
} from '../contract/acknowledgements.ts'
import { attestationList, keyAttest } from '../contract/attestations.ts'
import {
  documentAcknowledge,
  documentCreate,
  documentDue,
  documentList,
  documentPublish,
  documentUpdate,
  documentView,
} from '../contract/documents.ts'
import { exemptionCreate, exemptionList, exemptionRevoke } from '../contract/exemptions.ts'
import { findingList, findingResolve } from '../contract/findings.ts'
import { userOffboard, userReach } from '../contract/offboarding.ts'
import { ownershipUpdate, ownershipView } from '../contract/ownership.ts'
import { type Route, serve, serveDownload } from './serve.ts'

/** The operations about documents, ownership and findings, with their actions. */
export const responsibilityRoutes: Route[] = [
  serve(documentCreate, createDocument),
  serve(documentList, listDocumentsFor),
  serve(documentDue, listDueDocuments),
  serve(documentView, viewDocument),
  serve(documentUpdate, updateDocument),
  serve(documentPublish, publishDocument),
  serve(documentAcknowledge, acknowledgeDocument),

  serve(acknowledgementList, listAcknowledgementsFor),
  serve(acknowledgementCount, countAcknowledgements),
  serveDownload(acknowledgementExport, exportAcknowledgements),

  serve(exemptionCreate, createExemption),
  serve(exemptionList, listExemptionsFor),
  serve(exemptionRevoke, revokeExemption),

  serve(ownershipView, viewOwnership),
  serve(ownershipUpdate, updateOwnership),

  serve(attestationList, listAttestationsFor),
  serve(keyAttest, attestKey),

  serve(userReach, viewReach),
  serve(userOffboard, offboardUser),

  serve(findingList, listFindingsFor),
  serve(findingResolve, resolveFinding),
]
