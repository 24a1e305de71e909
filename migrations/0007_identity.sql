-- Who may sign in, in which positions; who is signed in now. docs/adr/0009-sign-in.md.

-- Goes up with every change that ends or alters a right; processes look at it twice a second.
-- A sequence, so that nobody waits for a row: whoever changes something counts up when it is
-- committed.
create sequence identity_change as bigint;
select nextval('identity_change'); -- before the first call its value would look like after it

create table account (
  id            bigint generated always as identity primary key,
  name          text not null,
  folded        text collate "C" not null unique, -- NFKC, casefolded
  name_zh       text not null default '',
  name_en       text not null default '',
  practitioner  bigint,                -- rid of the Practitioner
  patient       bigint,                -- rid of the Patient
  password      text not null default '', -- Argon2id in PHC form; empty: cannot sign in by it
  password_at   timestamptz,
  must_change   boolean not null default false,
  active        boolean not null default true,
  demo          boolean not null default false, -- one of the demo accounts, opened without password
  created       timestamptz not null default now()
);
create unique index account_practitioner on account (practitioner) where practitioner is not null;

create table position (
  id            bigint generated always as identity primary key,
  account       bigint not null references account on delete cascade,
  role          text not null,
  organization  bigint,                -- rid of the campus or institution; null: the whole group
  units         bigint[] not null default '{}', -- rids of departments, wards and the like
  since         timestamptz not null default now(),
  until         timestamptz not null default 'infinity'
);
create index position_account on position (account);

-- A sign-in in a browser. What the cookie holds is random; only its SHA-256 is kept.
create table session (
  id            bigint generated always as identity primary key,
  hash          bytea not null unique check (octet_length(hash) = 32),
  sid           uuid not null default gen_random_uuid(), -- what other programs call it (OIDC)
  account       bigint not null references account on delete cascade,
  position      bigint references position on delete set null,
  method        text not null,         -- password, passkey, pin, demo, provider
  created       timestamptz not null,
  last          timestamptz not null,
  idle          interval not null,     -- ends when not used for so long
  expires       timestamptz not null,  -- ends in any case
  step_up       timestamptz,           -- proved again to be the owner until
  shared        boolean not null default false,
  device        text not null default '',
  address       text not null default '',
  ended         timestamptz
);
create index session_account on session (account) where ended is null;

-- Bearer tokens, kept by their SHA-256.
create table token (
  id             bigint generated always as identity primary key,
  hash           bytea not null unique check (octet_length(hash) = 32),
  kind           text not null,        -- access, refresh
  account        bigint not null references account on delete cascade,
  position       bigint references position on delete set null,
  session        bigint references session on delete cascade,
  client         text not null default '',
  scopes         text[],               -- null: all that the position has
  purpose        text not null default 'TREAT',
  launch_patient bigint,
  family         bigint,               -- the refresh tokens that follow from one sign-in
  created        timestamptz not null,
  expires        timestamptz not null,
  used           timestamptz,          -- a refresh token is good once
  revoked        timestamptz
);
create index token_family on token (family) where family is not null;
create index token_account on token (account) where revoked is null;

-- The operator of this machine: for `xinglin token`, without a password.
insert into account (name, folded, name_zh, name_en)
  values ('admin', 'admin', '本机管理员', 'Operator of this machine');
insert into position (account, role, since)
  select id, 'operator', '2000-01-01T00:00:00Z' from account where folded = 'admin';
