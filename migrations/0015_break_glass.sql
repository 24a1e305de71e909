-- Openings of a record by break-glass: who, for whom, why, until when, and what the review said.
-- What is opened itself is a row of `relation` (kind 11, source: the review Task).
-- docs/adr/0013-policy.md.

create table break_glass (
  task      bigint primary key,      -- rid of the Task that is the review
  task_id   text collate "C" not null unique,
  patient   bigint not null,         -- rid of the Patient
  unit      bigint not null,         -- rid of the Practitioner who asked
  account   bigint not null,
  actor     text not null,
  role      text not null,
  position  bigint not null,
  home      bigint,                  -- rid of the campus or institution acted for
  reason    text not null,
  purpose   text not null,
  since     timestamptz not null,
  until     timestamptz not null,
  reviewed  timestamptz,
  reviewer  text not null default '',
  outcome   text not null default '', -- justified, unjustified, unclear
  comment   text not null default ''
);
create index break_glass_open on break_glass (since) where reviewed is null;
create index break_glass_patient on break_glass (patient);
