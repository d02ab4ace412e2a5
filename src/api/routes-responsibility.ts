import {
  acknowledgeDocument,
  listAcknowledgementsFor,
  listDueDocuments,
} from '../actions/acknowledgements.ts'
import {
  createDocument,
  listDocumentsFor,
  publishDocument,
  updateDocument,
  viewDocument,
} from '../actions/documents.ts'
import { createExemption, listExemptionsFor, revokeExemption } from '../actions/exemptions.ts'
import { acknowledgementList } from '../contract/acknowledgements.ts'
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
import { type Route, serve } from './serve.ts'

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

  serve(exemptionCreate, createExemption),
  serve(exemptionList, listExemptionsFor),
  serve(exemptionRevoke, revokeExemption),
]
