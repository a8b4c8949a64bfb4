/**
 * Which of our categories of data (Art. 15(1)(b)) a fideslang data category is. Pure data and one function. What it does
 * not know, or what says no more than "of a user", is left to a person: `undefined`.
 */

/** The longest beginning that fits decides; where a field has several, the first of `precedence`. */
const byBeginning: Readonly<Record<string, string>> = {
  'user.account': 'account',
  'user.authorization': 'account',
  'user.authorization.biometric': 'special-category',
  'user.authorization.biometrics': 'special-category',
  'user.behavior': 'usage',
  'user.biometric': 'special-category',
  'user.biometrics': 'special-category',
  'user.children': 'identity',
  'user.childrens': 'identity',
  'user.contact': 'contact',
  'user.content': 'service',
  'user.content.self_image': 'identity',
  'user.criminal_history': 'special-category',
  'user.demographic': 'identity',
  'user.demographic.language': 'preference',
  'user.demographic.philosophical_belief': 'special-category',
  'user.demographic.political_opinion': 'special-category',
  'user.demographic.protected_classifications': 'special-category',
  'user.demographic.race_ethnicity': 'special-category',
  'user.demographic.religious_belief': 'special-category',
  'user.demographic.sexual_orientation': 'special-category',
  'user.demographic.union_membership': 'special-category',
  'user.device': 'technical',
  'user.financial': 'billing',
  'user.government_id': 'identity',
  'user.health': 'special-category',
  'user.health_and_medical': 'special-category',
  'user.job_title': 'identity',
  'user.location': 'technical',
  'user.name': 'identity',
  'user.payment': 'billing',
  'user.privacy_preferences': 'preference',
  'user.professional_information': 'identity',
  'user.sensor': 'technical',
  'user.settings': 'preference',
  'user.account.settings': 'preference',
  'user.social': 'usage',
  'user.social_activity': 'usage',
  'user.telemetry': 'technical',
  'user.unique_id': 'reference',
  'user.user_sensor': 'technical',
  'user.workplace': 'identity',
  system: 'service',
};

const precedence = [
  ...['special-category', 'identity', 'contact', 'billing', 'account', 'usage', 'technical', 'preference', 'service'],
  'reference',
];

/** Our category, or `undefined` where a person must say. Keys and references are references unless they say more. */
export function categoryOf(categories: readonly string[], isReference: boolean): string | undefined {
  const found = categories.map((category) => {
    const parts = modern(category).split('.');
    for (let n = parts.length; n > 0; n -= 1) {
      const beginning = parts.slice(0, n).join('.');
      if (Object.hasOwn(byBeginning, beginning)) return byBeginning[beginning];
    }
    return undefined;
  });
  const known = precedence.find((category) => found.includes(category));
  if (isReference && (known === undefined || known === 'service')) return 'reference';
  // One that is not known might be the most sensitive of them.
  return found.includes(undefined) && known !== 'special-category' ? undefined : known;
}

/** Whether the field is a secret of the account (a password), which may have to be kept back. */
export function isSecret(categories: readonly string[]): boolean {
  return categories.map(modern).some((name) => /^(user\.authorization|system\.authentication)(\.|$)/.test(name));
}

/** Whether anything says that it is of a person. */
export function isPersonal(categories: readonly string[]): boolean {
  return categories.length === 0 || categories.some((category) => !/^system(\.|$)/.test(category));
}

/** The older taxonomy had a level for where the data comes from. */
const modern = (category: string): string =>
  category.replace(/^user\.(?:provided|derived)(?:\.(?:identifiable|nonidentifiable))?/, 'user');
