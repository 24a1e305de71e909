-- Up to which row of a chain it was looked for what a process began and did not end.
alter table audit_writer add column recovered bigint not null default 0;
