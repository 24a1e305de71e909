// An AuditEvent as one line of a table. https://hl7.org/fhir/R4/auditevent.html

export interface Line {
  id: string;
  at: string;
  who: string;
  account: string;
  role: string;
  address: string;
  client: string;
  /** The subtype's code, and what the server calls it. */
  act: string;
  actText: string;
  patients: string[];
  objects: string[];
  query: string;
  count: string;
  purpose: string;
  outcome: 'granted' | 'refused' | 'failed';
  note: string;
}

function outcomeOf(code: string | undefined): Line['outcome'] {
  if (!code || code === '0') return 'granted';
  return code === '4' ? 'refused' : 'failed';
}

const isPatient = (entity: fhir4.AuditEventEntity) => entity.role?.code === '1';

export function lineOf(event: fhir4.AuditEvent): Line {
  const person = event.agent.find((one) => one.requestor) ?? event.agent[0];
  const client = event.agent.find((one) => one !== person);
  const entities = event.entity ?? [];
  const query = entities.find((one) => one.query);
  const subtype = event.subtype?.[0] ?? event.type;
  const reference = (entity: fhir4.AuditEventEntity) => entity.what?.reference ?? '';
  return {
    id: event.id ?? event.recorded,
    at: event.recorded,
    who: person?.name ?? person?.who?.display ?? '',
    account: person?.altId ?? '',
    role: person?.role?.[0]?.coding?.[0]?.code ?? '',
    address: person?.network?.address ?? '',
    client: client?.who?.display ?? '',
    act: subtype.code ?? '',
    actText: subtype.display ?? subtype.code ?? '',
    patients: entities.filter(isPatient).map(reference).filter(Boolean),
    objects: entities.filter((one) => !isPatient(one) && reference(one)).map(reference),
    query: query?.description ?? '',
    count: query?.detail?.[0]?.valueString ?? '',
    purpose: event.purposeOfEvent?.[0]?.coding?.[0]?.code ?? '',
    outcome: outcomeOf(event.outcome),
    note: event.outcomeDesc ?? '',
  };
}

export interface Wanted {
  patient: string;
  agent: string;
  user: string;
  since: string;
  until: string;
  type: string;
  refused: boolean;
}

/** The search that a form means, below /fhir. */
export function searchFor(wanted: Wanted): string {
  const parts: [string, string][] = [
    ['patient', wanted.patient],
    ['agent', wanted.agent],
    ['altid', wanted.user.trim()],
    ['date', wanted.since && `ge${wanted.since}`],
    ['date', wanted.until && `le${wanted.until}`],
    ['type', wanted.type],
    ['outcome', wanted.refused ? '4' : ''],
    ['_sort', '-date'],
    ['_count', '50'],
  ];
  const given = parts.filter(([, value]) => value !== '');
  return `AuditEvent?${given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}`;
}
