/**
 * Whether money is still open on a customer's account: as long as it is, the contact fields, cards and tokens beside the
 * documents stay too. Chargeback windows differ by payment provider and have no default. Pure.
 */
import { addDays, type CivilDate } from '../clock/civil-date.ts';
import type { MissingAnswer } from './missing.ts';

export const moneyMatters = {
  balance: 'A balance is open.',
  refund: 'The customer may still ask for money back.',
  chargeback: 'A charge may still be taken back.',
  dispute: 'A dispute is open.',
} as const;
export type MoneyMatter = keyof typeof moneyMatters;

export interface MoneyFacts {
  readonly balanceOpen: boolean;
  readonly refundOpen: boolean;
  readonly disputeOpen: boolean;
  readonly charges: readonly { readonly provider: string; readonly chargedOn: CivilDate }[];
}

export interface OpenMoney {
  readonly open: readonly MoneyMatter[];
  /** Last day of the longest chargeback window; `null` where no charge has one. */
  readonly chargebackUntil: CivilDate | null;
  readonly missing: readonly MissingAnswer[];
}

/** `chargebackDays` by provider (`policy.chargebackDays`): days after the charge, the last one included. */
export function openMoney(
  facts: MoneyFacts,
  chargebackDays: Readonly<Record<string, number>>,
  asOf: CivilDate,
): OpenMoney {
  const unknown = new Set<string>();
  let chargebackUntil: CivilDate | null = null;
  for (const { provider, chargedOn } of facts.charges) {
    const days = Object.hasOwn(chargebackDays, provider) ? chargebackDays[provider] : undefined;
    if (days === undefined) {
      unknown.add(provider);
      continue;
    }
    const last = addDays(chargedOn, days);
    if (chargebackUntil === null || chargebackUntil < last) chargebackUntil = last;
  }
  const isOpen: Readonly<Record<MoneyMatter, boolean>> = {
    balance: facts.balanceOpen,
    refund: facts.refundOpen,
    chargeback: chargebackUntil !== null && asOf <= chargebackUntil,
    dispute: facts.disputeOpen,
  };
  const matters: readonly MoneyMatter[] = ['balance', 'refund', 'chargeback', 'dispute'];
  return {
    open: matters.filter((matter) => isOpen[matter]),
    chargebackUntil,
    missing: [...unknown].map((provider) => ({
      answer: 'chargeback-days',
      where: `policy.chargebackDays.${provider}`,
    })),
  };
}
