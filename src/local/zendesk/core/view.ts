/** Objects as the API shows them: every documented field there, those of the stand-in's own left out. */
import type { Account } from './account.ts';
import { sizeOf } from './content.ts';
import { textsOf } from './markup.ts';
import { type Entity, hashesOf, type Json, type JsonHash, type Kind, numbersOf, textOf } from './types.ts';

export type View = (object: Entity) => JsonHash;

/** How objects of a kind are shown to this account's callers. */
export function viewOf(account: Account, kind: Kind): View {
  const views: { readonly [K in Kind]?: View } = {
    users: (user) => shown(account, 'users', { ...userDefaults, ...user, active: user._deletedAt === undefined }),
    identities: (identity) =>
      shown(account, `users/${identity.user_id}/identities`, { ...identityDefaults, ...identity }),
    tickets: (ticket) => ticketView(account, ticket),
    comments: (comment) => commentView(account, comment),
    attachments: (attachment) => attachmentView(account, attachment),
    audits: (audit) => auditView(account, audit),
    satisfaction_ratings: (rating) => shown(account, 'satisfaction_ratings', { ...ratingDefaults, ...rating }),
    suspended_tickets: (ticket) => shown(account, 'suspended_tickets', { ...suspendedDefaults, ...ticket }),
  };
  return views[kind] ?? ((object) => shown(account, kind, object));
}

function shown(account: Account, path: string, object: JsonHash): JsonHash {
  // The innermost of reading a hundred thousand objects: without a list of entries and a second object in between.
  const own: Record<string, Json | undefined> = { url: `${account.origin()}/api/v2/${path}/${object.id}.json` };
  for (const name of Object.keys(object)) if (!name.startsWith('_')) own[name] = object[name];
  return own;
}

const userDefaults: JsonHash = {
  email: null,
  time_zone: 'Tallinn',
  iana_time_zone: 'Europe/Tallinn',
  phone: null,
  shared_phone_number: null,
  photo: null,
  locale: 'en-US',
  locale_id: 1,
  organization_id: null,
  role: 'end-user',
  verified: false,
  external_id: null,
  tags: [],
  alias: null,
  shared: false,
  shared_agent: false,
  last_login_at: null,
  two_factor_auth_enabled: null,
  signature: null,
  details: null,
  notes: null,
  custom_role_id: null,
  moderator: false,
  ticket_restriction: 'requested',
  only_private_comments: false,
  restricted_agent: true,
  suspended: false,
  default_group_id: null,
  report_csv: false,
  user_fields: {},
};

const identityDefaults: JsonHash = {
  verified: false,
  primary: false,
  undeliverable_count: 0,
  deliverable_state: 'deliverable',
};

const ratingDefaults: JsonHash = { assignee_id: null, group_id: null, comment: null, reason: null, reason_id: 0 };

const suspendedDefaults: JsonHash = {
  attachments: [],
  brand_id: null,
  error_messages: null,
  message_id: null,
  recipient: null,
  ticket_id: null,
  via: { channel: 'email', source: { from: {}, to: {}, rel: null } },
};

export const apiVia: JsonHash = { channel: 'api', source: { from: {}, to: {}, rel: null } };

const ticketDefaults: JsonHash = {
  external_id: null,
  via: apiVia,
  type: null,
  priority: null,
  recipient: null,
  submitter_id: null,
  assignee_id: null,
  organization_id: null,
  group_id: null,
  forum_topic_id: null,
  problem_id: null,
  has_incidents: false,
  is_public: true,
  due_at: null,
  tags: [],
  custom_fields: [],
  custom_status_id: null,
  sharing_agreement_ids: [],
  followup_ids: [],
  ticket_form_id: null,
  brand_id: null,
  allow_channelback: false,
  allow_attachments: true,
  from_messaging_channel: false,
};

/** Its description is its first comment, and its rating the last one given. */
function ticketView(account: Account, ticket: Entity): JsonHash {
  const { store } = account;
  const [first] = store.having('comments', '_ticket', ticket.id);
  const rating = store.having('satisfaction_ratings', 'ticket_id', ticket.id).at(-1);
  const [ccs, followers] = [numbersOf(ticket.email_cc_ids), numbersOf(ticket.follower_ids)];
  const description = textOf(ticket._description) ?? (first === undefined ? '' : textsOf(first).plain);
  return shown(account, 'tickets', {
    ...ticketDefaults,
    ...ticket,
    raw_subject: ticket.subject,
    description,
    status: ticket._deletedAt === undefined ? ticket.status : 'deleted',
    fields: ticket.custom_fields ?? [],
    collaborator_ids: [...new Set([...ccs, ...followers])],
    email_cc_ids: ccs,
    follower_ids: followers,
    satisfaction_rating:
      rating === undefined
        ? { score: 'unoffered' }
        : { id: rating.id, score: rating.score, comment: rating.comment ?? null },
  });
}

function commentView(account: Account, comment: Entity): JsonHash {
  const { html, plain } = textsOf(comment);
  const attachments = account.store.having('attachments', '_comment', comment.id);
  const own = Object.entries(comment).filter(([name]) => !name.startsWith('_'));
  return {
    type: 'Comment',
    public: true,
    via: apiVia,
    metadata: { system: {}, custom: {} },
    ...Object.fromEntries(own),
    body: plain,
    html_body: html,
    plain_body: plain,
    attachments: attachments.map((attachment) => attachmentView(account, attachment)),
  };
}

function attachmentView(account: Account, attachment: Entity): JsonHash {
  const address = `${account.origin()}/attachments/token/${attachment._token}/?name=${encodeURIComponent(String(attachment.file_name))}`;
  return shown(account, 'attachments', {
    width: null,
    height: null,
    inline: false,
    deleted: false,
    malware_access_override: false,
    malware_scan_result: 'malware_not_found',
    thumbnails: [],
    ...attachment,
    content_url: address,
    mapped_content_url: address,
    size: sizeOf(attachment),
  });
}

/** An event that is a comment shows the comment as it is now; every other event for ever what was. */
function auditView(account: Account, audit: Entity): JsonHash {
  const own = Object.entries(audit).filter(([name]) => !name.startsWith('_'));
  const events = hashesOf(audit.events).map((event) => {
    const comment = typeof event._comment === 'number' ? account.store.get('comments', event._comment) : undefined;
    if (comment === undefined)
      return Object.fromEntries(Object.entries(event).filter(([name]) => !name.startsWith('_')));
    return { ...commentView(account, comment), id: comment.id, type: 'Comment', audit_id: audit.id };
  });
  return { metadata: { system: {}, custom: {} }, via: apiVia, ...Object.fromEntries(own), events };
}
