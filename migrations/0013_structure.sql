-- How often the tree of units (organisations, places, roles, teams) has changed, so that a process
-- knows when what it remembers of it is old. docs/adr/0013-policy.md.
create table structure_version (
  one     boolean primary key default true check (one),
  version bigint not null
);
insert into structure_version (version) values (0);
