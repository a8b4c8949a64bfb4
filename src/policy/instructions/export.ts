/**
 * What a customer gets of its workspace, decided stream by stream from facts that connectors report. Pure. Everything that is
 * the workspace's, also what is held for the customer as a processor. Not what people in it have of their own: an account, its
 * log-ins, its settings. Of these the service is the controller towards the person, who gets them under Art. 15 and 20; a
 * company's instruction is no basis for handing them to the company.
 *
 * Sources: Data Act Art. 2(38) (exportable data), Art. 25(2)(e); GDPR Art. 28(3)(g), Art. 5(1)(b).
 */
import type { StreamDescription } from '../../../connectors/contract.ts';
import type { AccessDecision } from '../access.ts';

export function decideWorkspaceExport(stream: StreamDescription): AccessDecision {
  if (stream.ofWorkspace === true) {
    const grant = { want: 'content', fields: stream.fields } as const;
    return { grant, disposition: 'exported', reason: 'instructed-export' };
  }
  return { grant: { want: 'facts', fields: [] }, disposition: 'withheld', reason: 'members-own' };
}
