/**
 * Words by which legal advice to the controller is known. They only propose: a reviewer says whether a record is withheld
 * (`privilege`) or given. Data and a look-up; pure.
 */
import { fold } from './fold.ts';

const words = [
  ...[
    'attorney-client',
    'attorney–client',
    'legally privileged',
    'privileged and confidential',
    'legal privilege',
    'legal advice',
  ],
  ...[
    'our lawyer',
    'our solicitor',
    'our counsel',
    'õigusnõu',
    'õigusalane nõu',
    'advokaadi arvamus',
    'advokaadi hinnang',
  ],
  ...['meie advokaat', 'meie advokaadi', 'vandeadvokaa', 'kutsesaladus', 'meie jurist'],
] as const;

export function mayBePrivileged(text: string): boolean {
  const folded = fold(text);
  return words.some((word) => folded.includes(word));
}
