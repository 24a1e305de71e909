-- Odd patterns in the audit trail, found by rules that are data. docs/howto/audit.md.

-- How far the watcher has read each chain.
create table audit_watch (
  writer integer primary key,
  seq    bigint not null
);

create table audit_alert (
  id        bigint generated always as identity primary key,
  rule      text not null,
  account   bigint not null,
  actor     text not null default '',
  role      text not null default '',
  patient   bigint not null default 0, -- rid; 0: about several or none
  day       date not null,           -- in the zone of the installation
  first     timestamptz not null,
  last      timestamptz not null,
  times     integer not null default 1,
  note      text not null default '',
  row       text not null default '', -- id of the row that set it off
  state     text not null default 'open', -- open, closed
  outcome   text not null default '',
  comment   text not null default '',
  closed_by bigint not null default 0,
  closed_at timestamptz,
  unique (rule, account, patient, day)
);
create index audit_alert_open on audit_alert (last desc) where state = 'open';
