import { Page } from '../ui/Page.tsx'
import { SavedViews } from '../ui/SavedViews.tsx'
import { CallLog } from './access-log/CallLog.tsx'

export default function AccessLogPage() {
  return (
    <Page
      title="Access log"
      actions={<SavedViews page="/access-log" />}
      lead="Each call through the gateway, from where, with which outcome and cost; never what was said in it."
    >
      <CallLog />
    </Page>
  )
}
