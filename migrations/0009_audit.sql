-- Who did what: append-only, one hash chain per writing process. docs/adr/0010-audit.md.

-- Processes that write a chain; number = node * 1000 + slot. A slot is held by an advisory lock.
create table audit_writer (
  writer integer primary key,
  since  timestamptz not null default now()
);

-- `entry` is what was hashed, byte for byte: [1, writer, seq, at in microseconds, [event]];
-- hash = sha256(hash of the row before || entry). The other columns are copies, to be searched.
create table audit (
  writer  integer not null,
  seq     bigint not null,
  at      timestamptz not null,
  shown   boolean not null,          -- false: the beginning of something whose end is a row as well
  account bigint not null,           -- 0: nobody
  kind    text collate "C" not null, -- interaction, or sign-in, export, …
  status  smallint not null,
  about   bigint[] not null,         -- rids of patients; negative: hash of "Type/id"
  hash    bytea not null,
  entry   text not null,
  primary key (writer, seq)
) with (fillfactor = 100, autovacuum_vacuum_insert_scale_factor = 0.02, toast_tuple_target = 8160);
create index audit_at on audit (at);
create index audit_account on audit (account, at);
create index audit_about on audit using gin (about) with (fastupdate = on);

-- The second wall: nothing is changed or taken away by a statement, whatever the role. A superuser
-- can lift it; what he then does, the chain and its signed heads outside the database show.
create function audit_refuses() returns trigger language plpgsql as $$
begin
  raise exception 'the audit trail is append-only' using errcode = 'insufficient_privilege';
end
$$;
create trigger audit_append_only before update or delete on audit
  for each row execute function audit_refuses();
create trigger audit_no_truncate before truncate on audit
  for each statement execute function audit_refuses();
alter table audit enable always trigger audit_append_only;
alter table audit enable always trigger audit_no_truncate;
revoke update, delete, truncate on audit from public;
