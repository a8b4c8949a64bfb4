/**
 * Who receives the sample company's data, as its data maps name them, and in which role (Art. 19). Hosting and the payment
 * provider hold only what a system of the company holds; the others have copies of their own and are told of an erasure.
 */
import type { Recipient } from '../../policy/notices.ts';

export const sampleRecipients: readonly Recipient[] = [
  { id: 'hosting', name: 'Näidismajutus OÜ (hosting)', kind: 'processor', within: ['account-db', 'logs'] },
  { id: 'e-mail', name: 'Näidispost OÜ (e-mail)', kind: 'processor', contact: 'andmekaitse@naidispost.example' },
  { id: 'support', name: 'Näidistugi OÜ (support)', kind: 'processor', contact: 'privaatsus@naidistugi.example' },
  {
    id: 'bookkeeping',
    name: 'Näidisarvepidaja OÜ (bookkeeping)',
    kind: 'processor',
    contact: 'info@arvepidaja.example',
  },
  { id: 'payments', name: 'Näidismakse AS (payments)', kind: 'controller', contact: 'dpo@naidismakse.example' },
  {
    id: 'rights-holders',
    name: 'Näidisautorid MTÜ (rights holders, without persons)',
    kind: 'controller',
    contact: 'info@naidisautorid.example',
  },
  { id: 'stripe', name: 'Stripe Payments Europe Ltd (payments)', kind: 'processor', within: ['billing'] },
  { id: 'zendesk', name: 'Zendesk International Ltd (support desk)', kind: 'processor', within: ['support-desk'] },
];
