/**
 * The sample company's support desk in a stand-in of its own, for a test's installation: whatever Zendesk does after its answer is
 * done at once, and nobody is told to wait.
 */
import { sampleDesk } from '../../src/local/sample/desk.ts';
import { startZendeskStandIn, type ZendeskStandIn } from '../../src/local/zendesk/start.ts';

export interface Desk {
  readonly standIn: ZendeskStandIn;
  readonly access: { readonly apiBase: string; readonly token: string; readonly eraseToken: string };
}

export async function freshDesk(): Promise<Desk> {
  const delays = { searchMs: 0, redactionMs: 0, jobMs: 0, deletionMs: { support: 0, chat: 0, explore: 0 } };
  const standIn = await startZendeskStandIn({ plan: 'unlimited', delays });
  const [token, eraseToken] = ['reader-token-0000', 'eraser-token-0000'];
  standIn.control.addToken('reader@stand-in.example', token, 'read');
  standIn.control.addToken('eraser@stand-in.example', eraseToken, 'admin');
  standIn.control.load(sampleDesk());
  return { standIn, access: { apiBase: standIn.url, token, eraseToken } };
}
