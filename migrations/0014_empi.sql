-- The patient index: what is compared of each patient, and what was decided. docs/adr/0011-patient-index.md

-- One row per patient: what is compared of him, ready made.
create table empi_record (
  patient bigint primary key,        -- rid of the Patient
  traits  text not null,             -- group.empi.model.Traits, packed
  state   "char" not null default 'n' check (state in ('n', 'm', 'o')) -- new, matched, out of it
) with (autovacuum_vacuum_insert_scale_factor = 0.02);
create index empi_record_new on empi_record (patient) where state = 'n';

-- Who is compared with whom: those that share a key (a keyed hash: values do not leak).
create table empi_key (
  k       bigint not null,
  patient bigint not null,
  primary key (k, patient)
) with (autovacuum_vacuum_insert_scale_factor = 0.02);

-- Pairs that look like one person, with what somebody said of them. one < two.
create table empi_pair (
  one    bigint not null,
  two    bigint not null,
  bits   real not null,
  grade  text not null,
  state  text not null check (state in ('open', 'linked', 'different', 'merged')),
  since  timestamptz not null default now(),
  actor  text not null default '',
  reason text not null default '',
  at     timestamptz,                -- of the decision
  primary key (one, two),
  check (one < two)
);
create index empi_pair_two on empi_pair (two);
create index empi_pair_open on empi_pair (bits desc, one, two) where state = 'open';

-- Merges, with all that undoing one needs.
create table empi_merge (
  id     bigint generated always as identity primary key,
  kept   bigint not null,
  gone   bigint not null,
  added  text not null,              -- what the kept one was given, and how the other was before
  moved  bigint not null default 0,
  actor  text not null,
  reason text not null default '',
  at     timestamptz not null default now(),
  undone timestamptz,
  undoer text not null default ''
);
create unique index empi_merge_gone on empi_merge (gone) where undone is null;
create index empi_merge_kept on empi_merge (kept);
create table empi_moved (
  merge bigint not null references empi_merge,
  rid   bigint not null,
  paths text not null,               -- where in the resource the patient was named
  primary key (merge, rid)
);

-- What happened, in order: links, decisions, merges. Never changed.
create table empi_event (
  id     bigint generated always as identity primary key,
  at     timestamptz not null default now(),
  kind   text not null,
  one    bigint not null,
  two    bigint,
  actor  text not null,
  detail text not null default ''
);
create index empi_event_one on empi_event (one);
create index empi_event_two on empi_event (two);
