-- Which campus has taken note of which version of a catalogue entry. docs/adr/0015-stewardship.md.
create table catalogue_notice (
  organization bigint not null,        -- rid of the campus
  rid          bigint not null,        -- the entry
  version      integer not null,
  account      bigint not null,
  at           timestamptz not null default now(),
  primary key (organization, rid)
);
