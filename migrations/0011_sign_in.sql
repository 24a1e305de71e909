-- Signing in: attempts and how long the next has to wait, known devices, PINs of shared computers,
-- passkeys, challenges, links that set a password. docs/adr/0009-sign-in.md.

alter table account add column handle uuid not null unique default gen_random_uuid(); -- WebAuthn

-- key: SHA-256 of what is counted (account and device, account and address, address).
create table attempt (
  key    bytea primary key check (octet_length(key) = 32),
  count  integer not null,
  last   timestamptz not null,
  until  timestamptz not null           -- no attempt before this
);

-- A browser in which the account has signed in with all that was asked; hash of its own cookie.
create table device (
  hash    bytea not null check (octet_length(hash) = 32),
  account bigint not null references account on delete cascade,
  first   timestamptz not null,
  last    timestamptz not null,
  primary key (hash, account)
);

-- A PIN for one account on one shared device, until the shift of the full sign-in is over.
create table pin (
  device  bytea not null check (octet_length(device) = 32),
  account bigint not null references account on delete cascade,
  hash    text not null,
  until   timestamptz not null,
  failed  integer not null default 0,
  primary key (device, account)
);

create table passkey (
  id         bigint generated always as identity primary key,
  account    bigint not null references account on delete cascade,
  credential bytea not null unique,
  public_key bytea not null,
  sign_count bigint not null,
  name       text not null,
  created    timestamptz not null,
  last       timestamptz
);
create index passkey_account on passkey (account);

-- Good once. account null: nobody is signed in yet.
create table challenge (
  hash    bytea primary key check (octet_length(hash) = 32),
  purpose text not null,
  account bigint references account on delete cascade,
  expires timestamptz not null
);

create table password_link (
  hash    bytea primary key check (octet_length(hash) = 32),
  account bigint not null references account on delete cascade,
  expires timestamptz not null
);
