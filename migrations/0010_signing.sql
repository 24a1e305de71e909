-- Keys of signers and what became of them. docs/adr/0014-signatures.md.

-- One row per certificate ever given. The private key is sealed under a random key, which only the
-- wraps hold; each wrap is sealed under a secret of the signer and a key outside the database.
create table signing_key (
  id          bigint generated always as identity primary key,
  account     bigint not null,
  who         text not null,         -- reference of the person, as in the certificate
  algorithm   text not null,
  serial      text not null unique,  -- hexadecimal
  certificate bytea not null,        -- DER
  chain       bytea[] not null,      -- those above it, the root left out
  private     bytea not null,        -- sealed
  created     timestamptz not null,
  expires     timestamptz not null,
  state       text not null default 'active' check (state in ('active', 'superseded', 'revoked')),
  revoked     timestamptz,
  reason      text not null default ''
);
create unique index signing_key_active on signing_key (account) where state = 'active';
create index signing_key_account on signing_key (account);

create table signing_wrap (
  account  bigint not null,
  factor   text not null,            -- password, pin
  salt     bytea not null,
  sealed   bytea not null,
  failures smallint not null default 0,
  until    timestamptz,              -- no attempt is looked at before
  primary key (account, factor)
);

-- Unlocked for a shift: sealed under a secret that only the holder's client has.
create table signing_unlock (
  id      bytea primary key,         -- SHA-256 of the public half of the token
  account bigint not null,
  session bigint not null,
  sealed  bytea not null,
  expires timestamptz not null
);
create index signing_unlock_session on signing_unlock (session);
create index signing_unlock_account on signing_unlock (account);
