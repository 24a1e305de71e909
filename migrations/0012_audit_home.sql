-- Whose campus it was, so that a campus's own auditor sees its rows. docs/adr/0010-audit.md.
alter table audit add column home bigint not null default 0;
