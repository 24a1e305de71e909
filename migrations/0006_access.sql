-- What access depends on beside the resource itself. docs/adr/0008-access-in-sql.md.

-- Why a unit (department, ward, duty, practitioner, care team) has to do with a patient: derived
-- from resources in the transaction that writes them, never entered by hand.
create table relation (
  unit    bigint not null,           -- rid of an Organization, Location, Practitioner, CareTeam, Patient
  patient bigint not null,           -- rid of the Patient
  kind    smallint not null,         -- trust.policy.relations
  source  bigint not null,           -- rid of the resource that says so
  since   timestamptz not null default '-infinity',
  until   timestamptz not null default 'infinity',
  primary key (unit, patient, kind, source)
);
create index relation_source on relation (source);
create index relation_patient on relation (patient);

-- Confidential patients: seen only by whom the policy opens them for.
create table sealed (
  patient bigint primary key,
  reason  text not null default '',
  since   timestamptz not null default now()
);
