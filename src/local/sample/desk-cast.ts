/**
 * Who is at the sample company's support desk: its agents, the users' numbers there, and people whom nothing but the desk knows.
 * All are invented, as everybody (cast.ts).
 */

/** A desk's user of an account: `external_id` says which. */
export const deskUserId = (userId: string): number => 360_000_100_000 + Number(userId);

export const agents = {
  kadri: { id: 360_000_000_101, name: 'Kadri Kask', email: 'kadri@naidisheli.example' },
  mart: { id: 360_000_000_102, name: 'Mart Meri', email: 'mart@naidisheli.example' },
} as const;

export const deskCast = {
  /** Wrote once, before anything was ordered. */
  asker: {
    id: 360_000_200_001,
    name: 'Küllike Küsija',
    email: 'kyllike@kysija.test',
    created_at: '2026-05-04T09:00:00Z',
  },
  /** Her address is in upper case, and the person has no account. */
  supplier: {
    id: 360_000_200_002,
    name: 'Elmar Elektrik',
    email: 'Elmar@Elekter.test',
    created_at: '2026-02-11T07:30:00Z',
  },
  /** Known by a suspended ticket only; a user without tickets. */
  suspended: {
    id: 360_000_200_003,
    name: 'Peep Peatatud',
    email: 'peep@peatatud.test',
    created_at: '2026-09-01T10:00:00Z',
  },
} as const;
