/**
 * Names that are also words of Estonian or English: they count as a name only where they are written with a capital letter. Data,
 * by hand; a name that is missing here only costs precision, never a leak.
 */
const estonian = `aas aer aken allik aru aru arula eha hein heli hiir hunt härm ilus ilves ilu inno ipro jõgi kaasik kala kalju kallas kalle
  kangur karu kase kask kass kesa kikas kivi koidu koit koppel kotkas kruus kukk kull kuld kurg kuusk kuu käärik külm küla laane laas laid
  laine lagi leht leib leelo lepik lepp liiv liblik lill linnu lind lille loik luik luts lumi lõhmus maasikas mägi mai mari meel meri
  mets mustikas muru must nurm nõmm nool ojala oja ots paas paju pall park parv peterson pihl pihlakas piir poom puu põder põld päike
  pärn pärtel raba raid raja rand raud rebane roos roosi rosin saar saare sepp sild sirel soo soosaar sulg suvi taimi talv tamm tamme
  tarm teder tiik tiit tuul tuule tuuli tamberg tera uba udu uus ott valge valgus vaher vaik vares vee veski vesi viik vili viru võsu õie
  õnne õun täht taevas pilv pilvi helmi häli kai kaja kadakas kevade lehe leht koidula aare arm armas hella ilme imbi iva juta
  juuli lai loit maa maire meeli mall malle merle mira nele paul pille raivo rein ruta salme sini siiri tali terje urve
  vaike vello virve ülle ülo`;
const english = `abbott amber april art august baker banks barber bell berry bill bishop black blue bond booth bright brook brooks brown bush
  butler cannon carter chance chase christian church clay cliff cook cooper crystal cross dale dawn day dean destiny dick dolly drew earl eve
  faith field finch fisher flowers ford forest foster fox frank french gene ginger glen gold good grace grant gray green hall harmony hart
  hazel heath hill holly hope house hunt hunter iris ivy jack jay jewel joy jordan june justice king knight lake lane law lee lily little
  long love marsh mark mason may melody miles mill miller mills miss moon moss north norm olive page paris park parker pat pearl penny
  peace pepper piper pierce pike plant pool poppy porter potter powers price prince queen rain ray reed rich ring river rivers rob robin
  rock rose royal ruby rusty sage sandy savage scarlet sharp shepherd singer sky smart smith snow sparks stone storm strong sue summer
  summers swan taylor terry tiffany turner van victor violet wade walker wall ward waters way weaver webb west white wild will willow winter
  wolf wood woods young`;

const words: ReadonlySet<string> = new Set(`${estonian} ${english}`.split(/\s+/));

export function isWord(folded: string): boolean {
  return words.has(folded);
}

/** At a sentence's start these ask rather than name, where one of `followers` comes next. */
const verbs: ReadonlySet<string> = new Set(['may', 'will', 'can', 'mark', 'bill']);
const followers: ReadonlySet<string> = new Set(
  'i you we they he she it the this that there your our my these'.split(' '),
);

export function isAsking(folded: string, next: string | undefined): boolean {
  return verbs.has(folded) && next !== undefined && followers.has(next);
}

/** Months that are names: after one of these words, or beside a number, the month is meant. */
const months: ReadonlySet<string> = new Set(['may', 'april', 'june', 'august', 'mai']);
const beforeMonths: ReadonlySet<string> = new Set(
  'in since by until till last next this of early late mid from during before after'.split(' '),
);

export function isMonth(folded: string, before: string | undefined, behind: string | undefined): boolean {
  if (!months.has(folded)) return false;
  return (before !== undefined && (beforeMonths.has(before) || /^\d/.test(before))) || /^\d/.test(behind ?? '');
}

/** Whether what stands around a name is worth a look. */
export function mayBePlain(folded: string): boolean {
  return months.has(folded) || verbs.has(folded);
}

/** Behind one of these, a word with a capital letter is somebody's name, whoever it is. */
const titles: ReadonlySet<string> = new Set(
  'mr mrs ms dr prof frau herr madame monsieur father härra proua preili hr pr'.split(' '),
);

export function isTitle(folded: string): boolean {
  return titles.has(folded);
}
