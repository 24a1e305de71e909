-- The clinical core: one row per resource, its superseded versions, its changes, its index rows.
-- Numbers (node, rid, k) are explained in docs/adr/0001-nodes.md and docs/explanation/cdr.md.

-- What this database is: its node number, epoch, time zone and the secret of its hashed keys.
create table installation (
  one        boolean primary key default true check (one),
  node       smallint not null check (node between 1 and 1023),
  epoch      uuid not null,
  timezone   text not null,
  hash_key   bytea not null check (octet_length(hash_key) = 32),
  created    timestamptz not null default now()
);

-- Blocks of resource numbers; node << 41 is added by the process that takes a block.
create sequence rid_seq as bigint increment by 64 minvalue 64 cache 1;
create sequence change_seq as bigint;

-- Search parameters that have a number of their own beyond the shipped ones (3000 to 4095).
create table param (
  id    smallint primary key check (id between 3000 and 4095),
  type  text not null,
  code  text not null,
  spec  text not null,
  state text not null default 'building',
  since smallint not null,           -- first extraction plan that has it
  until smallint,                    -- first one that has it no more
  unique (type, code)
);

-- Re-indexing: one row per run, which goes down the rids and can stop and go on.
create table reindex (
  id      bigint generated always as identity primary key,
  plan    smallint not null,         -- rows are made to agree with this plan
  types   smallint[] not null default '{}', -- empty: all
  next    bigint not null,           -- rids below this one are still to do
  total   bigint not null default 0, -- an estimate, for the progress bar
  done    bigint not null default 0,
  changed bigint not null default 0, -- resources whose rows were not what they should be
  state   text not null default 'running',
  note    text not null default '',
  started timestamptz not null default now(),
  updated timestamptz not null default now()
);

create table resource (
  rid     bigint primary key,
  type    smallint not null,
  id      text collate "C" not null,
  ver     integer not null,          -- 0: reserved by a reference, not there yet
  updated timestamptz not null,
  deleted boolean not null default false,
  home    bigint,                    -- rid of the Organization that answers for it; null: group level
  plan    smallint not null default 0, -- the extraction plan its index rows were made by
  refs    bigint[] not null default '{}', -- param << 51 | rid of each reference, for includes and chains
  present bigint not null default 0, -- one bit per search parameter of the type that has a value (:missing)
  body    text not null default ''
) with (toast_tuple_target = 8160, fillfactor = 90, autovacuum_vacuum_insert_scale_factor = 0.02);
create unique index resource_type_id on resource (type, id);

create table history (
  rid     bigint not null,
  ver     integer not null,
  updated timestamptz not null,
  op      "char" not null,           -- C create, U update, D delete
  home    bigint,
  body    text not null,
  primary key (rid, ver)
) with (toast_tuple_target = 8160);

-- One row per committed change: type and system history, _since, export, and the feed.
create table change (
  seq  bigint not null default nextval('change_seq'),
  xid  xid8 not null default pg_current_xact_id(),
  node smallint not null,
  nseq bigint not null default 0,    -- the number it had on its own node, when it came from another
  type smallint not null,
  rid  bigint not null,
  ver  integer not null,
  op   "char" not null,
  at   timestamptz not null
) with (autovacuum_vacuum_insert_scale_factor = 0.02);
create index change_feed on change (xid, seq);
create index change_type on change (type, seq);

create table feed_cursor (
  consumer text primary key,
  epoch    uuid not null,
  xid      xid8 not null,
  seq      bigint not null,
  updated  timestamptz not null default now()
);

-- Index rows. k is "param << 51 | rid" (not negative) or a keyed hash (negative).
create table key (
  k   bigint not null,
  rid bigint not null,
  primary key (k, rid)
) with (autovacuum_vacuum_insert_scale_factor = 0.02);

create table dat (
  k   bigint not null,
  lo  bigint not null,               -- microseconds since 1970-01-01T00:00:00Z
  hi  bigint not null,               -- inclusive
  rid bigint not null,
  primary key (k, lo, hi, rid)
) with (autovacuum_vacuum_insert_scale_factor = 0.02);
create index dat_rid on dat (rid, k) include (lo, hi);

create table num (
  k   bigint not null,
  lo  numeric not null,
  hi  numeric not null,
  rid bigint not null,
  primary key (k, lo, hi, rid)
) with (autovacuum_vacuum_insert_scale_factor = 0.02);
create index num_rid on num (rid, k) include (lo, hi);

create table str (
  k   bigint not null,
  v   text collate "C" not null,     -- folded, at most 200 characters
  x   bigint not null,               -- hash of the exact value
  rid bigint not null,
  primary key (k, v, rid, x)
) with (autovacuum_vacuum_insert_scale_factor = 0.02);
create index str_rid on str (rid, k) include (v, x);

-- The clinical date of a patient's resources: k is the key of the patient reference.
create table pdate (
  k   bigint not null,
  lo  bigint not null,
  rid bigint not null,
  primary key (k, lo, rid)
) with (autovacuum_vacuum_insert_scale_factor = 0.02);

-- Codes seen, so that a coding costs one index row: which keys a code has under this parameter.
create table coding (
  param   smallint not null,
  code    text collate "C" not null,
  system  text collate "C" not null,
  k       bigint not null,
  primary key (param, code, system)
);
create index coding_system on coding (param, system);

-- The words that go with them (display, text), folded, for :text; found rows are candidates.
create table coding_text (
  param   smallint not null,
  v       text collate "C" not null,
  k       bigint not null,
  primary key (param, v, k)
);

-- Background work that search can wait for: free text and grams, filled by a feed consumer.
create table gram (
  k   bigint not null,
  rid bigint not null,
  primary key (k, rid)
) with (autovacuum_vacuum_insert_scale_factor = 0.02);
