-- The rows of one group commit lie in one row of the table: a fifth of the cost. The table that
-- landed hours before is replaced; no release had it. docs/adr/0010-audit.md.
drop table audit;

-- `entries` are the lines that were hashed, byte for byte, one a row of the trail:
-- [1, writer, seq, at in microseconds, [event]]; hash = sha256(hash of the segment before || entries).
-- The other columns are copies, to be searched: `keys` are rids of patients, and numbers above 2^60
-- or below 0 for accounts, resources and whatever is rare.
create table audit (
  writer  integer not null,
  first   bigint not null,           -- place of the first row in its chain
  seq     bigint not null,           -- place of the last row
  at      timestamptz not null,      -- of all of them: they became durable together
  keys    bigint[] not null,
  hash    bytea not null,
  entries text not null,
  primary key (writer, seq)
) with (fillfactor = 100, autovacuum_vacuum_insert_scale_factor = 0.02, toast_tuple_target = 8160);
alter table audit alter column entries set storage external;
create index audit_at on audit (at, writer, seq);
create index audit_keys on audit using gin (keys) with (fastupdate = on);

create trigger audit_append_only before update or delete on audit
  for each row execute function audit_refuses();
create trigger audit_no_truncate before truncate on audit
  for each statement execute function audit_refuses();
alter table audit enable always trigger audit_append_only;
alter table audit enable always trigger audit_no_truncate;
revoke update, delete, truncate on audit from public;

-- For people with a database prompt; the platform reads `audit`.
create view audit_row as
  select a.writer, (e ->> 2)::bigint as seq, a.at, e -> 4 ->> 0 as kind, (e -> 4 ->> 1)::int as status,
         e -> 4 ->> 3 as request, (e -> 4 ->> 4)::bigint as account, e -> 4 ->> 5 as actor,
         e -> 4 ->> 6 as role, e -> 4 ->> 10 as address, e -> 4 ->> 11 as purpose,
         e -> 4 ->> 13 as type, e -> 4 ->> 14 as id, e -> 4 -> 16 as patients, e -> 4 ->> 17 as query,
         e -> 4 ->> 18 as count, e -> 4 ->> 19 as note, e -> 4 ->> 2 as phase
  from audit a, lateral (select line::json as e from string_to_table(a.entries, E'\n') line) l;
